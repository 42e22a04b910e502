"""How sure measures are: intervals and paired differences by drawing films anew, never tiles or flaws."""
