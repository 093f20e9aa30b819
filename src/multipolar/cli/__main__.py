"""`python -m multipolar.cli`."""

from multipolar.cli import main

if __name__ == "__main__":  # not in the workers of a sweep
    main()
