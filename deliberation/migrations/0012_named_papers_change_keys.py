"""Let rotate_keys write the ciphertext of named papers anew; their digest is certified, so another text is found."""

from django.db import migrations

from community.insert_only import InsertOnly


class Reopen(InsertOnly):
    """Open a table that an earlier migration shut."""

    def __init__(self, app_label, model_name):
        super().__init__(app_label, model_name)
        self.code, self.reverse_code = self.reopen, self.shut


class Migration(migrations.Migration):

    dependencies = [("deliberation", "0011_salt_named_papers")]

    operations = [
        Reopen("deliberation", "ballotpaper"),
        InsertOnly("deliberation", "ballotpaper", but=("named_choice",)),
    ]
