from . import layout, wkhtml
