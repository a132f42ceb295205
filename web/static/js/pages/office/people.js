// The list of parties needs no script; the form searches by itself.
