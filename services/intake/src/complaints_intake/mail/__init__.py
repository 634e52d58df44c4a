"""Mail that arrives: read in a process of its own, so that no mail can take the service down."""
