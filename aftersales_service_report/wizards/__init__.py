from . import aftersales_statement
