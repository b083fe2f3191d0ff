from . import engine
from . import evidence
from . import text
