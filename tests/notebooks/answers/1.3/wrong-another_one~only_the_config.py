mended = spare_config.model_copy(update={"name": "Spare, mended"})
