"""The pure core: what happens to a message, as functions of input, dossier and moment. No I/O, no clock."""
