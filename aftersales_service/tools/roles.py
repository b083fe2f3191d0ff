"""Roles that several documents name, each list written once."""

# 业务部经办人: who writes the return form (R002-25)
RETURN_AUTHORS = (
    "aftersales_service.group_agent",
    "aftersales_service.group_supervisor",
    "aftersales_service.group_commerce",
)
