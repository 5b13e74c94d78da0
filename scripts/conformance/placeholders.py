"""What the requests of the table name in braces: a function each, whose first line says on the page what it is.

A function makes its object through the API and gives it back. Those that are shared are made once; the others are made anew for
each row that names them, so that no row depends on another.
"""

import itertools

MAKERS, SHARED = {}, set()
# New every time: no two objects share an address, a name or a number.
numbers = itertools.count(1)


def placeholder(shared=False):
    """Marks a function as what makes the object of its name."""

    def mark(make):
        MAKERS[make.__name__] = make
        if shared:
            SHARED.add(make.__name__)
        return make

    return mark
