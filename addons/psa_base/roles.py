"""Lists of roles, as the `groups` of a field takes them: who may read what."""

# Everybody at the provider who works with tickets. Clients read the same ticket and must not see these fields.
PROVIDER = "psa_base.group_support,psa_base.group_operations,psa_base.group_accounts,psa_base.group_integration"

# Who may read alerts of monitoring: they are no business of clients and of billing.
WATCHERS = "psa_base.group_support,psa_base.group_operations,psa_base.group_integration"

# Who may read what an hour costs: it tells the wage of a colleague.
COST_READERS = "psa_base.group_accounts,base.group_system"
