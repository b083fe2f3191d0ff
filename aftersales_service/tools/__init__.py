from . import engine, evidence, text
