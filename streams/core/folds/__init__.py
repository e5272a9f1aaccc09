"""What monitors count, one fold a module. Pure."""
