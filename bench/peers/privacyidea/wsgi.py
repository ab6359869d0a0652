"""privacyIDEA as gunicorn serves it. The settings are in the file that PRIVACYIDEA_CONFIGFILE names."""

from privacyidea.app import create_app

application = create_app(config_name="production", silent=True)
