import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import community.encryption
import community.models.files


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0004_more_rules"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_hash", models.CharField(max_length=128)),
                ("printed_at", models.DateTimeField()),
                ("expires_on", models.DateField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "住址信",
                "verbose_name_plural": "住址信",
                "ordering": ["-printed_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CompoundProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "self_governance",
                    models.CharField(
                        choices=[
                            ("none", "还没有"),
                            ("owners_committee", "业主委员会"),
                            ("self_management", "自治管理委员会"),
                        ],
                        default="none",
                        max_length=20,
                        verbose_name="业主组织",
                    ),
                ),
                ("committee_since", models.DateField(blank=True, null=True, verbose_name="哪天组建的")),
                ("term_from", models.DateField(blank=True, null=True, verbose_name="任期起")),
                ("term_to", models.DateField(blank=True, null=True, verbose_name="任期止")),
                ("has_council", models.BooleanField(default=False, verbose_name="有小区治理委员会或小区议事会")),
                ("council_since", models.DateField(blank=True, null=True, verbose_name="哪天成立的")),
                (
                    "station",
                    models.CharField(
                        choices=[("none", "还没有"), ("post", "小区驿站"), ("pilot", "小区党群服务站(试点)")],
                        default="none",
                        max_length=10,
                        verbose_name="服务阵地",
                    ),
                ),
                ("station_since", models.DateField(blank=True, null=True, verbose_name="哪天启用的")),
                ("household_count", models.PositiveIntegerField(blank=True, null=True, verbose_name="户数")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
            ],
            options={
                "verbose_name": "小区治理",
                "verbose_name_plural": "小区治理",
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(choices=[("site", "网上"), ("paper", "纸面")], default="site", max_length=10),
                ),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "同意记录",
                "verbose_name_plural": "同意记录",
                "ordering": ["-given_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("terms", "用户协议和个人信息处理规则"),
                            ("verification", "处理身份证号等敏感个人信息"),
                            ("minor", "监护人同意未满十四周岁的人使用"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("title", models.CharField(max_length=60, verbose_name="标题")),
                ("body", models.TextField(verbose_name="正文")),
                ("in_force_from", models.DateField(verbose_name="施行日")),
            ],
            options={
                "verbose_name": "同意文本",
                "verbose_name_plural": "同意文本",
                "ordering": ["kind", "-version"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "电子邮件"), ("sms", "短信")], max_length=10, verbose_name="渠道"
                    ),
                ),
                ("is_digest", models.BooleanField(default=False, verbose_name="在每日汇总里")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等发送"),
                            ("sent", "已发"),
                            ("failed", "没发出去"),
                            ("dropped", "不用发了"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="试了几次")),
                ("send_at", models.DateTimeField(verbose_name="什么时候发")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="什么时候发出")),
                ("error", models.CharField(blank=True, max_length=60, verbose_name="没发出的原因")),
            ],
            options={
                "verbose_name": "发送记录",
                "verbose_name_plural": "发送记录",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Dwelling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("building", models.CharField(max_length=20, verbose_name="楼栋")),
                ("entrance", models.CharField(blank=True, max_length=20, verbose_name="单元")),
                ("room", models.CharField(max_length=20, verbose_name="室号")),
                ("floor_area", models.PositiveIntegerField(verbose_name="专有面积(0.01平方米)")),
                (
                    "area_basis",
                    models.CharField(
                        choices=[("register", "不动产登记簿"), ("survey", "测绘成果"), ("contract", "房屋买卖合同")],
                        default="register",
                        max_length=10,
                        verbose_name="面积依据",
                    ),
                ),
                ("is_developers", models.BooleanField(default=False, verbose_name="开发企业未售或未交付")),
            ],
            options={
                "verbose_name": "房屋",
                "verbose_name_plural": "房屋",
                "ordering": ["area", "building", "entrance", "room"],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id_erased", models.BigIntegerField(null=True)),
                ("resident_id_erased", models.BigIntegerField(null=True)),
                ("is_retention", models.BooleanField(default=False)),
                ("kept", models.JSONField(default=list, verbose_name="依法保留")),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "注销记录",
                "verbose_name_plural": "注销记录",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="FactorGuess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_index", models.CharField(max_length=64)),
                ("is_right", models.BooleanField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "第二步验证的尝试",
                "verbose_name_plural": "第二步验证的尝试",
            },
        ),
        migrations.CreateModel(
            name="Guardianship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("paper", models.CharField(max_length=60, verbose_name="看了什么证件")),
                ("recorded_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "监护关系",
                "verbose_name_plural": "监护关系",
            },
        ),
        migrations.CreateModel(
            name="Hiding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.PositiveBigIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("personal", "写了或拍到了个人信息"),
                            ("insult", "辱骂或攻击他人"),
                            ("unlawful", "违法或不良信息"),
                            ("advertising", "广告"),
                            ("unrelated", "与事情无关"),
                            ("other", "其他"),
                        ],
                        max_length=20,
                        verbose_name="原因",
                    ),
                ),
                ("note", models.CharField(max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField()),
                (
                    "appeal",
                    models.CharField(
                        choices=[
                            ("none", "没有申诉"),
                            ("open", "等复核"),
                            ("upheld", "维持不公开"),
                            ("granted", "改为公开"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="申诉",
                    ),
                ),
                ("appeal_text", models.CharField(blank=True, max_length=500, verbose_name="申诉理由")),
                ("appealed_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision", models.CharField(blank=True, max_length=500, verbose_name="复核意见")),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "不公开",
                "verbose_name_plural": "不公开",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, verbose_name="户编号")),
                ("address", community.encryption.EncryptedTextField(blank=True, default="", verbose_name="住址")),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "户",
                "verbose_name_plural": "户",
            },
        ),
        migrations.CreateModel(
            name="NoticePreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "email",
                    models.CharField(
                        choices=[("never", "不发"), ("at_once", "有一条发一条"), ("daily", "每天汇总一次")],
                        default="never",
                        max_length=10,
                        verbose_name="电子邮件",
                    ),
                ),
                (
                    "sms",
                    models.CharField(
                        choices=[("never", "不发"), ("at_once", "有一条发一条"), ("daily", "每天汇总一次")],
                        default="never",
                        max_length=10,
                        verbose_name="短信",
                    ),
                ),
                ("quiet_from", models.PositiveSmallIntegerField(default=21, verbose_name="免打扰从几点")),
                ("quiet_to", models.PositiveSmallIntegerField(default=8, verbose_name="到几点")),
                ("digest_hour", models.PositiveSmallIntegerField(default=9, verbose_name="汇总几点发")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("zh-hans", "中文"), ("en", "English")],
                        max_length=10,
                        verbose_name="用哪种语言",
                    ),
                ),
                ("email_refusals", models.PositiveSmallIntegerField(default=0)),
                ("sms_refusals", models.PositiveSmallIntegerField(default=0)),
                ("email_paused_at", models.DateTimeField(blank=True, null=True)),
                ("sms_paused_at", models.DateTimeField(blank=True, null=True)),
                ("tested_on", models.DateField(blank=True, null=True)),
                ("tests", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "通知方式",
                "verbose_name_plural": "通知方式",
            },
        ),
        migrations.CreateModel(
            name="NoticeTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("email", "一条通知的邮件"),
                            ("email_digest", "每日汇总的邮件"),
                            ("sms", "一条通知的短信"),
                            ("sms_digest", "每日汇总的短信"),
                            ("sms_code", "验证码短信"),
                        ],
                        max_length=20,
                        unique=True,
                        verbose_name="用途",
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=80, verbose_name="标题")),
                ("body", models.TextField(verbose_name="正文")),
            ],
            options={
                "verbose_name": "通知模板",
                "verbose_name_plural": "通知模板",
            },
        ),
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", community.encryption.EncryptedTextField()),
                ("text", community.encryption.EncryptedTextField()),
                ("sent_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "演示短信",
                "verbose_name_plural": "演示短信",
                "ordering": ["-sent_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner_name", community.encryption.EncryptedTextField(verbose_name="业主")),
                ("id_number", community.encryption.EncryptedTextField(blank=True, default="", verbose_name="证件号")),
                ("id_index", models.CharField(db_index=True, editable=False, max_length=64, null=True)),
                ("share", models.PositiveIntegerField(default=1, verbose_name="份额(分子)")),
                ("share_of", models.PositiveIntegerField(default=1, verbose_name="份额(分母)")),
                ("starts_on", models.DateField(verbose_name="起")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="止")),
            ],
            options={
                "verbose_name": "产权",
                "verbose_name_plural": "产权",
            },
        ),
        migrations.CreateModel(
            name="PhoneCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("enter", "登录或注册"),
                            ("reset", "重设密码"),
                            ("change", "换手机号"),
                            ("share", "共用手机号"),
                            ("confirm", "确认本人"),
                        ],
                        max_length=10,
                        verbose_name="用途",
                    ),
                ),
                ("phone", community.encryption.EncryptedTextField()),
                ("phone_index", models.CharField(max_length=64)),
                ("address_index", models.CharField(max_length=64)),
                ("code_hash", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "手机验证码",
                "verbose_name_plural": "手机验证码",
            },
        ),
        migrations.CreateModel(
            name="ReceiptSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "回执编号",
                "verbose_name_plural": "回执编号",
            },
        ),
        migrations.CreateModel(
            name="Representation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="回执编号")),
                ("act", models.CharField(max_length=60, verbose_name="办了什么")),
                ("subject", models.CharField(max_length=60, verbose_name="哪件事")),
                ("url", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "代办记录",
                "verbose_name_plural": "代办记录",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "field",
                    models.CharField(
                        choices=[("name", "姓名"), ("phone", "电话"), ("id_number", "身份证号"), ("address", "住址")],
                        max_length=20,
                        verbose_name="看了什么",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("handling", "办理本人反映的事"),
                            ("verifying", "核验身份"),
                            ("contact", "有急事联系本人"),
                            ("visit", "上门走访"),
                            ("complaint", "处理投诉"),
                            ("correction", "改正登记错误"),
                        ],
                        max_length=20,
                        verbose_name="为什么",
                    ),
                ),
                ("note", models.CharField(max_length=200, verbose_name="说明")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("resident", "居民"),
                            ("volunteer", "志愿者"),
                            ("community_worker", "社区工作者"),
                            ("steward", "包联干部"),
                            ("hall_moderator", "议事主持人"),
                            ("recorder", "记录员"),
                            ("teller", "计票人"),
                            ("owners_committee", "业委会成员"),
                            ("handler", "办理单位经办人"),
                            ("town_officer", "镇街干部"),
                            ("district_officer", "区级干部"),
                            ("squad_leader", "分队长"),
                            ("counter_clerk", "兑换点店员"),
                            ("organisation_representative", "社会组织代表"),
                            ("sponsor_officer", "业务主管单位经办人"),
                            ("registrar", "登记机关经办人"),
                            ("judge", "评委"),
                            ("fund_committee", "基金管委会成员"),
                            ("fund_supervisor", "基金监督人"),
                            ("disclosure_editor", "公开编辑"),
                            ("auditor", "审计员"),
                            ("administrator", "系统管理员"),
                        ],
                        max_length=30,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "查看记录",
                "verbose_name_plural": "查看记录",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file", models.FileField(upload_to=community.models.files.stored_path)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField(verbose_name="字节")),
                ("title", models.CharField(max_length=120, verbose_name="名称")),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "文件",
                "verbose_name_plural": "文件",
            },
        ),
        migrations.CreateModel(
            name="VerificationRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("verified", "核验通过"),
                            ("refused", "没有通过"),
                            ("expired", "到期"),
                            ("moved", "搬家，要重新核验"),
                            ("revoked", "撤销核验"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paper", "带证件到社区"),
                            ("letter", "按寄到家里的信上的码"),
                            ("identity_check", "在线身份核验"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "paper",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("id_card", "身份证"),
                            ("household_book", "户口簿"),
                            ("residence_permit", "居住证"),
                            ("title_deed", "房产证"),
                            ("lease", "租房合同"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "核验记录",
                "verbose_name_plural": "核验记录",
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="VerificationRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("paper", "带证件到社区"),
                            ("letter", "按寄到家里的信上的码"),
                            ("identity_check", "在线身份核验"),
                        ],
                        max_length=20,
                        verbose_name="方式",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等社区核验"),
                            ("verified", "已核验"),
                            ("refused", "没有通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="open",
                        max_length=20,
                        verbose_name="状态",
                    ),
                ),
                ("name", community.encryption.EncryptedTextField(blank=True, default="", verbose_name="姓名")),
                ("id_number", community.encryption.EncryptedTextField(blank=True, default="", verbose_name="身份证号")),
                ("address", community.encryption.EncryptedTextField(blank=True, default="", verbose_name="住址")),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="没有通过的原因")),
            ],
            options={
                "verbose_name": "核验申请",
                "verbose_name_plural": "核验申请",
            },
        ),
        migrations.AddField(
            model_name="appointment",
            name="delegated_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="delegations",
                to="community.appointment",
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("left", "离任"),
                    ("moved", "调岗"),
                    ("review", "年度复核不再任职"),
                    ("merged", "区划调整"),
                    ("mistake", "任错了"),
                    ("back", "本人回来了"),
                    ("origin", "被代的任职结束了"),
                ],
                max_length=10,
                verbose_name="离任原因",
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="reviewed_on",
            field=models.DateField(blank=True, null=True, verbose_name="上次复核"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="stopped_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="is_urgent",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="resident",
            name="address",
            field=community.encryption.EncryptedTextField(blank=True, default="", verbose_name="住址"),
        ),
        migrations.AddField(
            model_name="resident",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="expiry_told_for",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="id_index",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="id_number",
            field=community.encryption.EncryptedTextField(blank=True, default="", verbose_name="身份证号"),
        ),
        migrations.AddField(
            model_name="resident",
            name="phone_index",
            field=models.CharField(db_index=True, editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="surname_index",
            field=models.CharField(editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="resident",
            name="verified_until",
            field=models.DateField(blank=True, null=True, verbose_name="核验有效至"),
        ),
        migrations.AddField(
            model_name="unit",
            name="address",
            field=models.CharField(blank=True, max_length=120, verbose_name="办公地址"),
        ),
        migrations.AddField(
            model_name="unit",
            name="office_hours",
            field=models.CharField(blank=True, max_length=80, verbose_name="办公时间"),
        ),
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="shares_phone_of",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="phone_sharers",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="rule",
            name="unit",
            field=models.CharField(
                choices=[
                    ("minutes", "分钟"),
                    ("hours", "小时"),
                    ("working_days", "个工作日"),
                    ("days", "天"),
                    ("years", "年"),
                    ("times", "次"),
                    ("people", "人"),
                    ("points", "分"),
                    ("megabytes", "兆字节（MB）"),
                ],
                max_length=20,
                verbose_name="单位",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["role", "area"], name="appointment_role_area"),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("delegated_from", None), ("ends_on__isnull", False), _connector="OR"),
                name="appointment_delegation_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("stopped_at", None), ("ends_on__isnull", False), _connector="OR"),
                name="appointment_stopped_has_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("area__isnull", False), ("ends_on", None)),
                fields=("user", "role", "area"),
                name="appointment_open_once_over_area",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_on", None), ("unit__isnull", False)),
                fields=("user", "role", "unit"),
                name="appointment_open_once_in_unit",
            ),
        ),
        migrations.AddField(
            model_name="addressletter",
            name="printed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="compoundprofile",
            name="area",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="profile",
                to="community.area",
                verbose_name="小区",
            ),
        ),
        migrations.AddField(
            model_name="compoundprofile",
            name="committee",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="community.unit",
                verbose_name="业主组织是哪个单位",
            ),
        ),
        migrations.AddField(
            model_name="compoundprofile",
            name="property_company",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="community.unit",
                verbose_name="物业服务企业",
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="given_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="community.resident"
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.UniqueConstraint(fields=("kind", "version"), name="consent_text_once"),
        ),
        migrations.AddField(
            model_name="consent",
            name="text",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="community.consenttext"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="community.notice"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="recipient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="dwelling",
            name="area",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="dwellings",
                to="community.area",
                verbose_name="小区",
            ),
        ),
        migrations.AddField(
            model_name="dwelling",
            name="town",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="factorguess",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="factor_guesses", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="guardianship",
            name="guardian",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="wards", to="community.resident"
            ),
        ),
        migrations.AddField(
            model_name="guardianship",
            name="minor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="guardianships", to="community.resident"
            ),
        ),
        migrations.AddField(
            model_name="guardianship",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hiding",
            name="area",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"),
        ),
        migrations.AddField(
            model_name="hiding",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hiding",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hiding",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hiding",
            name="subject_type",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="contenttypes.contenttype"),
        ),
        migrations.AddField(
            model_name="household",
            name="area",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="households", to="community.area"
            ),
        ),
        migrations.AddField(
            model_name="household",
            name="town",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"
            ),
        ),
        migrations.AddField(
            model_name="dwelling",
            name="household",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="dwellings",
                to="community.household",
            ),
        ),
        migrations.AddField(
            model_name="resident",
            name="household",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="members",
                to="community.household",
            ),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(fields=["home", "surname_index", "id"], name="resident_home_surname"),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(fields=["surname_index", "id"], name="resident_surname"),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(
                condition=models.Q(("verification", "verified")),
                fields=["verified_until"],
                name="resident_verified_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at", None),
                    models.Q(("id_index", None), ("phone_index", None), ("surname_index", None)),
                    _connector="OR",
                ),
                name="resident_erased_is_empty",
            ),
        ),
        migrations.AddField(
            model_name="noticepreference",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notice_preference",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ownership",
            name="dwelling",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="ownerships", to="community.dwelling"
            ),
        ),
        migrations.AddField(
            model_name="ownership",
            name="resident",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="ownerships",
                to="community.resident",
            ),
        ),
        migrations.AddIndex(
            model_name="phonecode",
            index=models.Index(fields=["phone_index", "asked_at"], name="code_of_phone"),
        ),
        migrations.AddIndex(
            model_name="phonecode",
            index=models.Index(fields=["address_index", "asked_at"], name="code_of_address"),
        ),
        migrations.AddIndex(
            model_name="phonecode",
            index=models.Index(fields=["asked_at"], name="code_asked"),
        ),
        migrations.AddField(
            model_name="representation",
            name="area",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"),
        ),
        migrations.AddField(
            model_name="representation",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="representations", to="community.resident"
            ),
        ),
        migrations.AddField(
            model_name="representation",
            name="worker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reveal",
            name="area",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"
            ),
        ),
        migrations.AddField(
            model_name="reveal",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reveal",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reveals", to="community.resident"
            ),
        ),
        migrations.AddField(
            model_name="reveal",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.unit"
            ),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="files", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hiding",
            name="evidence",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="community.storedfile",
            ),
        ),
        migrations.AddField(
            model_name="verificationrecord",
            name="area",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"
            ),
        ),
        migrations.AddField(
            model_name="verificationrecord",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="verificationrecord",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verification_records",
                to="community.resident",
            ),
        ),
        migrations.AddField(
            model_name="verificationrequest",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="verificationrequest",
            name="home",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area", verbose_name="住在"
            ),
        ),
        migrations.AddField(
            model_name="verificationrequest",
            name="resident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verification_requests",
                to="community.resident",
            ),
        ),
        migrations.AddField(
            model_name="verificationrequest",
            name="town",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="community.area"
            ),
        ),
        migrations.AddField(
            model_name="addressletter",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="community.verificationrequest"
            ),
        ),
        migrations.AddConstraint(
            model_name="compoundprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("committee", None),
                        ("committee_since", None),
                        ("self_governance", "none"),
                        ("term_from", None),
                        ("term_to", None),
                    ),
                    models.Q(
                        models.Q(("self_governance", "none"), _negated=True),
                        ("committee_since__lte", models.F("term_from")),
                        ("term_from__isnull", False),
                        ("term_to__gte", models.F("term_from")),
                    ),
                    _connector="OR",
                ),
                name="compound_committee_has_its_term",
            ),
        ),
        migrations.AddConstraint(
            model_name="compoundprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("council_since", None), ("has_council", False)),
                    models.Q(("council_since__isnull", False), ("has_council", True)),
                    _connector="OR",
                ),
                name="compound_council_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="compoundprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("station", "none"), ("station_since", None)),
                    models.Q(models.Q(("station", "none"), _negated=True), ("station_since__isnull", False)),
                    _connector="OR",
                ),
                name="compound_station_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)), fields=("resident", "text"), name="consent_stands_once"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["send_at", "id"], name="delivery_due"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["recipient", "channel", "-id"], name="delivery_of_recipient"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["state", "channel", "-id"], name="delivery_state"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("notice", "channel"), name="delivery_once_a_channel"),
        ),
        migrations.AddIndex(
            model_name="factorguess",
            index=models.Index(fields=["user", "at"], name="factor_guess_of_user"),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.CheckConstraint(
                condition=models.Q(("minor", models.F("guardian")), _negated=True), name="guardianship_of_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("minor", "guardian"), name="guardianship_stands_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.UniqueConstraint(fields=("area", "number"), name="household_number_once"),
        ),
        migrations.AddConstraint(
            model_name="dwelling",
            constraint=models.UniqueConstraint(fields=("area", "building", "entrance", "room"), name="dwelling_once"),
        ),
        migrations.AddConstraint(
            model_name="dwelling",
            constraint=models.CheckConstraint(condition=models.Q(("floor_area__gt", 0)), name="dwelling_has_an_area"),
        ),
        migrations.AddConstraint(
            model_name="noticepreference",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest_hour__lte", 23), ("quiet_from__lte", 23), ("quiet_to__lte", 23)),
                name="preference_hours_of_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lte", models.F("share_of"))), name="ownership_share_whole"
            ),
        ),
        migrations.AddConstraint(
            model_name="ownership",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on", None), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="ownership_days_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="representation",
            index=models.Index(fields=["resident", "-at"], name="representation_of_resident"),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["resident", "-at"], name="reveal_of_resident"),
        ),
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(fields=["by", "-at"], name="reveal_by"),
        ),
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(fields=["owner", "created_at"], name="file_of_owner"),
        ),
        migrations.AddIndex(
            model_name="hiding",
            index=models.Index(
                condition=models.Q(("appeal", "open")), fields=["area", "appealed_at"], name="hiding_appeals"
            ),
        ),
        migrations.AddIndex(
            model_name="hiding",
            index=models.Index(fields=["author", "at"], name="hiding_of_author"),
        ),
        migrations.AddConstraint(
            model_name="hiding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("subject_type", "subject_id"),
                name="hiding_stands_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="hiding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("by")), _negated=True), _connector="OR"
                ),
                name="hiding_appeal_decided_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="verificationrecord",
            index=models.Index(fields=["resident", "-at"], name="verification_of_resident"),
        ),
        migrations.AddIndex(
            model_name="verificationrequest",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["home", "asked_at"], name="verification_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="verificationrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("resident",), name="verification_request_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="verificationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="verification_request_decided_has_a_time",
            ),
        ),
    ]
