from . import amount, engine, evidence, text
