"""VECOZO's interface in its REST form: push, pull and status."""
