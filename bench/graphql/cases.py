"""x"""


def check(cases, seed):
    return True
