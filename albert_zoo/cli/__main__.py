"""`python -m albert_zoo.cli`."""

from albert_zoo.cli import main

if __name__ == "__main__":
    main()
