from pathlib import Path

from odoo import api, models
from odoo.tools import file_open, file_path
from odoo.tools.misc import ReadonlyDict
from odoo.tools.translate import (
    JAVASCRIPT_TRANSLATION_COMMENT,
    PYTHON_TRANSLATION_COMMENT,
    TranslationImporter,
    code_translations,
    translation_file_reader,
)

OWN_MODULE = "aftersales_service"


def _dependency_po_files():
    """Yield (module, language, path) of each ``i18n_deps/<module>/<language>.po``."""
    for path in sorted(Path(file_path(f"{OWN_MODULE}/i18n_deps")).glob("*/*.po")):
        yield path.parent.name, path.stem, str(path)


class IrModuleModule(models.Model):
    """Ship the translations that the modules we build on do not have.

    They are kept apart from ``i18n``, whose files an export of our own module
    writes anew. They only fill gaps: a term that its own module, or one of ours
    that redefines the record, translates keeps that translation.
    """

    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        # the first to write wins, but with overwrite the last one does
        if overwrite:
            self._load_dependency_terms(modules, langs, overwrite)
        res = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if not overwrite:
            self._load_dependency_terms(modules, langs, overwrite)
        if OWN_MODULE in modules:
            self.env["res.company"]._aftersales_translate()
        return res

    @api.model
    def _load_dependency_terms(self, modules, langs, overwrite=False):
        """Load what the database holds: labels, views, menus, records."""
        importer = TranslationImporter(self.env.cr, verbose=False)
        for module, lang, path in _dependency_po_files():
            if lang in langs and (module in modules or OWN_MODULE in modules):
                importer.load_file(path, lang)
        importer.save(overwrite=overwrite)

    def _register_hook(self):
        """Add the terms of Python and JavaScript code.

        Core reads these from the folders of the module itself, once per process,
        into ``code_translations``; there is no other way in than this cache.
        """
        super()._register_hook()
        for module, lang, path in _dependency_po_files():
            python, web = {}, {}
            with file_open(path, "rb") as source:
                for row in translation_file_reader(source):
                    if row["type"] != "code" or not row["value"]:
                        continue
                    if PYTHON_TRANSLATION_COMMENT in row["comments"]:
                        python[row["src"]] = row["value"]
                    if JAVASCRIPT_TRANSLATION_COMMENT in row["comments"]:
                        web[row["src"]] = row["value"]
            python.update(code_translations.get_python_translations(module, lang))
            for message in code_translations.get_web_translations(module, lang)["messages"]:
                web[message["id"]] = message["string"]
            code_translations.python_translations[module, lang] = ReadonlyDict(python)
            code_translations.web_translations[module, lang] = ReadonlyDict(
                {
                    "messages": tuple(
                        ReadonlyDict({"id": source, "string": value})
                        for source, value in web.items()
                    )
                }
            )
