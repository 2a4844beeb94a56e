command = "jupyter lab"
