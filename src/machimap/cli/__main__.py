"""`python -m machimap.cli`."""

from machimap.cli import main

main()
