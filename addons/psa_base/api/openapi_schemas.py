"""JSON schemas of the API's pydantic models, for the OpenAPI document."""

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

_PREFIX = "#/components/schemas/"


class _Generator(GenerateJsonSchema):
    """Leaves out the title of each field, which would only repeat its name."""

    def field_title_should_be_set(self, _schema):
        return False


class Schemas:
    """The schemas of requests (`bodies`, `queries`) and of `answers`.

    An answer's schema allows other fields in the document, although the model here is strict: programs have to ignore
    fields that they do not know, so that answers can get new ones.
    """

    def __init__(self, bodies, queries, answers):
        taken = [(model, "validation") for model in _sort({*bodies, *queries})]
        given = [(model, "serialization") for model in _sort(answers)]
        self._references, document = models_json_schema(
            [*taken, *given], ref_template=_PREFIX + "{model}", schema_generator=_Generator
        )
        schemas = document.get("$defs", {})
        inputs = _reach(schemas, [self.get_taken(model) for model in {*bodies, *queries}])
        for name in schemas.keys() - inputs:
            schemas[name].pop("additionalProperties", None)
        self._queries = {model: schemas.pop(_get_name(self.get_taken(model))) for model in _sort(queries)}
        self.components = dict(sorted(schemas.items()))

    def get_taken(self, model):
        return self._references[model, "validation"]

    def get_given(self, model):
        return self._references[model, "serialization"]

    def make_query_parameters(self, model):
        schema = self._queries[model]
        for name, field in schema.get("properties", {}).items():
            yield _make_query_parameter(name, dict(field), name in schema.get("required", ()))


def _make_query_parameter(name, schema, is_required):
    # In the model a parameter that was left out is None. Nobody can send a null in a query string, so it is left out.
    options = [option for option in schema.pop("anyOf", ()) if option.get("type") != "null"]
    if schema.get("default", ...) is None:
        del schema["default"]
    if len(options) == 1:
        schema = {**schema, **options[0]}
    elif options:
        schema["anyOf"] = options
    description = schema.pop("description", None)
    parameter = {"name": name, "in": "query", "required": is_required, "schema": schema}
    return {**parameter, "description": description} if description else parameter


def _sort(models):
    return sorted(models, key=lambda model: (model.__name__, model.__module__))


def _get_name(reference):
    return reference["$ref"].removeprefix(_PREFIX)


def _reach(schemas, references):
    """The names of all schemas that these references lead to."""
    names, rest = set(), [*references]
    while rest:
        node = rest.pop()
        if isinstance(node, list):
            rest.extend(node)
        elif isinstance(node, dict):
            rest.extend(node.values())
            if "$ref" in node and (name := _get_name(node)) not in names:
                names.add(name)
                rest.append(schemas[name])
    return names
