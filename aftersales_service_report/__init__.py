from . import models, report, tools
from .hooks import uninstall_hook
