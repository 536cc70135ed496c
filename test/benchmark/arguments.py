"""What the benchmarks' command lines have in common: lists of known names, and numbers that are at least one."""

import argparse


def names_of(table):
    def parse(text):
        names = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in names if name not in table]
        if unknown or not names:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown) or '(nothing)'}; known: {', '.join(table)}")
        return names

    return parse


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
