"""The pages that every installation has: the home page with its columns, at the root of the site."""

from django.db import migrations

PAGES = [
    ("NewsIndexPage", "新闻", "news"),
    ("DisclosureIndexPage", "政策公开", "disclosure"),
]


def content_type(apps, model):
    """Return the content type of a page model."""
    types = apps.get_model("contenttypes", "ContentType")
    return types.objects.get_or_create(app_label="portal", model=model.lower())[0]


def create_pages(apps, schema_editor):
    """Put our home page where Wagtail's welcome page stands, with its columns below it."""
    page_model = apps.get_model("wagtailcore", "Page")
    site_model = apps.get_model("wagtailcore", "Site")
    locale = apps.get_model("wagtailcore", "Locale").objects.first()
    site_model.objects.all().delete()
    page_model.objects.filter(depth=2).delete()
    root = page_model.objects.get(depth=1)
    home = apps.get_model("portal", "HomePage").objects.create(
        title="首页",
        draft_title="首页",
        slug="home",
        path=f"{root.path}0001",
        depth=2,
        numchild=len(PAGES),
        url_path="/home/",
        content_type=content_type(apps, "HomePage"),
        locale=locale,
    )
    root.numchild = 1
    root.save()
    for number, (model, title, slug) in enumerate(PAGES, start=1):
        apps.get_model("portal", model).objects.create(
            title=title,
            draft_title=title,
            slug=slug,
            path=f"{home.path}{number:04d}",
            depth=3,
            numchild=0,
            url_path=f"/home/{slug}/",
            content_type=content_type(apps, model),
            locale=locale,
            show_in_menus=True,
        )
    site_model.objects.create(hostname="localhost", port=80, root_page=home, is_default_site=True, site_name="共治")


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0001_initial"),
        ("wagtailcore", "0098_apitoken"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(create_pages, migrations.RunPython.noop)]
