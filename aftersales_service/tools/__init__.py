from . import amount, billing, engine, evidence, scan, tax_number, text
