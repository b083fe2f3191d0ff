from . import amount, layout, wkhtml
