second = print("second")
