mended = vonage.application.update_application(spare.id, spare_config)
