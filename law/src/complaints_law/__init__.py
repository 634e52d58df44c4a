"""What the law and the office promise: calendar, clocks, code lists, criteria, office profile."""
