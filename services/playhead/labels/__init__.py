"""Labels: when the outcome of an impression or a play is final, and the definitions of click, finish, binge and the others."""
