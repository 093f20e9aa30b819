"""`python -m multipolar.cli`."""

from multipolar.cli import main

main()
