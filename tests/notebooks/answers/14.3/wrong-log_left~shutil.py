import shutil


def back_up(source, target):
    shutil.copy2(source, target)
