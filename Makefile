# Thin on purpose: the logic is in tools/. Needs Python 3.10-3.13 and make.
PYTHON ?= python3

.PHONY: help setup run test upstream demo bench lint requirements terms shell clean

help:
	@echo "make run    Odoo with a sample manufacturer on http://127.0.0.1:8069 (PORT=)"
	@echo "make test   all tests (ARGS=\"-k requisition -x\")"
	@echo "make upstream  own tests of the modules we extend, with and without the suite"
	@echo "make demo   the worked cases, each step as its role; forms into out/"
	@echo "make bench  speed against bare Odoo and OCA's modules (SCALE=)"
	@echo "make lint   style, OCA rules, XML, translations"
	@echo "make requirements  which requirements no test names"
	@echo "make terms  translation catalogues brought in line with the source"
	@echo "make shell  Odoo's Python prompt on the database of 'make run'"
	@echo "make clean  remove .odoo/ with all its databases"

setup:
	@$(PYTHON) tools/environment.py --test

run:
	@PORT="$(PORT)" $(PYTHON) tools/server.py $(ARGS)

test:
	@$(PYTHON) tools/run_tests.py $(ARGS)

upstream:
	@$(PYTHON) tools/upstream.py $(ARGS)

demo:
	@$(PYTHON) tools/run_script.py demo $(ARGS)

bench:
	@SCALE="$(SCALE)" $(PYTHON) tools/run_script.py bench $(ARGS)

lint:
	@$(PYTHON) tools/lint.py $(ARGS)

requirements:
	@$(PYTHON) tools/requirements.py $(ARGS)

terms:
	@$(PYTHON) tools/run_script.py terms

shell:
	@$(PYTHON) tools/odoo_command.py shell $(ARGS)

clean:
	@$(PYTHON) tools/clean.py
