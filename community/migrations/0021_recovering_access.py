"""Getting somebody back to their account: its table, its numbers, and a reason of its own in their log."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import community.encryption
from community.shipped_rules import load_missing


def seed(apps, schema_editor):
    """Add what is missing; nothing that exists is changed."""
    load_missing(apps.get_model("community", "Rule"))


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0020_erasures_stay"),
    ]

    operations = [
        migrations.AlterField(
            model_name="phonecode",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("enter", "登录或注册"),
                    ("reset", "重设密码"),
                    ("change", "换手机号"),
                    ("share", "共用手机号"),
                    ("confirm", "确认本人"),
                    ("recover", "社区帮本人重新登录"),
                ],
                max_length=10,
                verbose_name="用途",
            ),
        ),
        migrations.AlterField(
            model_name="reveal",
            name="reason",
            field=models.CharField(
                choices=[
                    ("handling", "办理本人反映的事"),
                    ("verifying", "核验身份"),
                    ("contact", "有急事联系本人"),
                    ("visit", "上门走访"),
                    ("complaint", "处理投诉"),
                    ("correction", "改正登记错误"),
                    ("appointing", "任命前找人"),
                    ("recovering", "帮本人重新登录"),
                ],
                max_length=20,
                verbose_name="为什么",
            ),
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="编号")),
                (
                    "way",
                    models.CharField(
                        choices=[("phone", "换成新手机号"), ("slip", "打印一张登录条，本人凭条定新密码")],
                        max_length=10,
                        verbose_name="办法",
                    ),
                ),
                ("phone", community.encryption.EncryptedTextField(blank=True, default="", verbose_name="新手机号")),
                ("drops_factors", models.BooleanField(default=False, verbose_name="去掉登录的第二步")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等确认"),
                            ("done", "办好了"),
                            ("refused", "没有同意"),
                            ("withdrawn", "经办人撤回了"),
                            ("stopped", "本人停下了"),
                            ("lapsed", "过期作废"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_sure",
                    models.CharField(
                        blank=True,
                        choices=[("seen", "当面看过本人和身份证"), ("called", "和本人通过视频，看过脸和身份证")],
                        max_length=10,
                        verbose_name="怎样确认的",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="为什么没有同意")),
                ("slip_hash", models.CharField(blank=True, db_index=True, max_length=64)),
                ("slip_expires_at", models.DateTimeField(blank=True, null=True)),
                ("slip_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recoveries", to="community.resident"
                    ),
                ),
            ],
            options={
                "verbose_name": "帮本人重新登录",
                "verbose_name_plural": "帮本人重新登录",
                "ordering": ["-asked_at", "-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["asked_at"], name="recovery_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("resident",), name="recovery_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="recovery_decided_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "open"),
                            django.db.models.lookups.Exact(
                                django.db.models.functions.comparison.Cast("phone", models.TextField()),
                                models.Value(""),
                            ),
                            _connector="OR",
                        ),
                        name="recovery_decided_is_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                ("ready_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="recovery_by_two",
                    ),
                ],
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
