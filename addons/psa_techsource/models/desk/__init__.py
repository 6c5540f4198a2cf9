from . import techsource_ticket_routing_mixin
