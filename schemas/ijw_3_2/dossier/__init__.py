"""What one gemeente and one aanbieder exchanged before, as the rules of level 3 see it.

    rows.py     what is remembered, and how it is read and changed
    keys.py     how rows are found, and which ones a message needs
    facts.py    what a message tells, and how that changes rows
    claims.py   the same for claims, which are granted and refused line by line
    history.py  the past as rules ask about it

Only what counts as sent is remembered (OP286). Of a refused message no more stays than that it came.
"""
