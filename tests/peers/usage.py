def tests(rounds=0):
    return []
