from . import agreement_portal
from . import agreement_sign
from . import helpdesk
