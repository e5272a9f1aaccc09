"""Other people's formats to and from our envelope: pure translation, no I/O."""
