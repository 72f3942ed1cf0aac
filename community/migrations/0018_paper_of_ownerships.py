"""Which paper was seen when somebody was recorded as an owner by hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0017_looking_up_by_phone")]
    operations = [
        migrations.AddField(
            model_name="ownership",
            name="paper",
            field=models.CharField(
                blank=True,
                choices=[
                    ("certificate", "不动产权证书"),
                    ("register", "不动产登记簿的查询结果"),
                    ("contract", "备案的买卖合同"),
                    ("judgment", "法院、仲裁的文书"),
                    ("notary", "继承、赠与的公证书"),
                ],
                default="",
                max_length=12,
                verbose_name="看了什么材料",
            ),
        ),
    ]
