from . import agreement_portal
from . import agreement_sign
from . import helpdesk
from . import return_link
from . import return_portal
