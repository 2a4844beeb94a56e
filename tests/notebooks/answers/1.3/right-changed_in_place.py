spare_mended = spare_config.model_copy()
spare_mended.name = "Spare, mended"
mended = vonage.application.update_application(spare.id, spare_mended)
