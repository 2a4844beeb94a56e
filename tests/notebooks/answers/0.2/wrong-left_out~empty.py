sandbox_is = {}
