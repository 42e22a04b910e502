"""Tables of results that one command makes: what is trained and measured on what, done run by run, summed up."""
