using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.OpenApi;

/// <summary>
/// GET /openapi.json: the HTTP interface as an OpenAPI 3.1 document, made of the tables that the parsers read by. What is answered is in
/// answers.json, what is streamed in events.json, what a member of the pool may have in cascade.schema.json. It tells nothing of this server,
/// so it needs no key.
/// </summary>
internal static class ApiDocument
{
    private const string Schemas = "#/components/schemas/";

    // The host, the key and the door know these wherever they are asked for.
    private static readonly int[] BodyErrors = [400, 408, 413, 415];

    private static readonly Dictionary<int, string> Meanings = new()
    {
        [400] = "The request is malformed, or a field is of the wrong type, out of range or not served.",
        [401] = "The key is missing, wrong or expired.",
        [403] = "The host, the origin or the key may not do this.",
        [404] = "There is no such thing.",
        [408] = "The body came too slowly.",
        [409] = "The pool cannot be changed like that now.",
        [413] = "The body is too long.",
        [415] = "The Content-Encoding is not known.",
        [429] = "A limit is reached, or too many requests wait.",
        [500] = "A bug; the log has the details.",
        [503] = "Nobody can answer now: loading, draining or failed.",
    };

    private static readonly Lazy<byte[]> Text = new(() => JsonSerializer.SerializeToUtf8Bytes(Make()));

    public static Task WriteAsync(HttpContext context) =>
        JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => json.WriteRawValue(Text.Value, skipInputValidation: true));

    /// <summary>A field's schema in the document: null is absent, and what becomes of it is said.</summary>
    public static JsonObject SchemaOf(RequestField field)
    {
        JsonObject schema = JsonNode.Parse(field.Schema)!.AsObject();
        if (!field.IsRequired)
            schema = WithNull(schema);
        schema["description"] = field.Meaning;
        if (field.DefaultValue is { } value)
            schema["default"] = value.DeepClone();
        schema["x-cascade-use"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Use.ToString());
        return schema;
    }

    private static JsonObject Make()
    {
        JsonObject components = Resource("OpenApi/answers.json"), schemas = components["schemas"]!.AsObject();
        foreach ((string name, JsonNode? schema) in Resource("OpenApi/events.json"))
            schemas[name] = schema!.DeepClone();
        foreach ((string name, JsonObject schema) in RequestSchemas())
            schemas[name] = schema;
        foreach ((string name, JsonNode? schema) in MemberSchemas())
            schemas[name] = schema;
        schemas["OpenApi"] = new JsonObject { ["type"] = "object" };
        JsonObject paths = [];
        foreach (IGrouping<string, ApiOperation> path in ApiOperations.All.GroupBy(operation => operation.Path))
        {
            paths[path.Key] = new JsonObject(path.Select(operation =>
                KeyValuePair.Create<string, JsonNode?>(operation.Method.ToLowerInvariant(), Describe(operation, components))));
        }

        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "CascadeLocal",
                ["version"] = typeof(ApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
                ["description"] = "An explicit null means absent for every optional field. x-cascade-use says what becomes of a field: it is served, ignored "
                    + "(x-cascade-ignored names it), or refused but for a value that asks for what happens anyway. Names that nobody knows are ignored, but "
                    + "refused where they are nearly one that is served. Where GET is served, HEAD is too.",
            },
            ["jsonSchemaDialect"] = "https://json-schema.org/draft/2020-12/schema",
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = components,
        };
    }

    private static JsonObject Describe(ApiOperation operation, JsonObject components)
    {
        JsonObject description = new()
        {
            ["operationId"] = operation.Id,
            ["summary"] = operation.Summary,
            ["security"] = Security(operation.Access),
        };
        string[] parameters = [.. operation.Parameters, .. operation.IsDecided ? ["Deadline"] : Array.Empty<string>()];
        if (parameters.Length > 0)
            description["parameters"] = new JsonArray([.. parameters.Select(name => Reference($"#/components/parameters/{name}"))]);
        if ((operation.Body?.Schema ?? operation.OtherBody) is { } body)
            description["requestBody"] = new JsonObject { ["required"] = operation.NeedsBody, ["content"] = Content(Reference(Schemas + body)) };
        description["responses"] = Responses(operation, components);
        return description;
    }

    private static JsonObject Responses(ApiOperation operation, JsonObject components)
    {
        JsonObject answer = new() { ["description"] = operation.Summary };
        JsonObject content = operation.Answer is { } schema ? Content(Reference(Schemas + schema)) : [];
        if (operation.Event is { } data)
            content[ApiOperations.EventStream] = new JsonObject { ["schema"] = Reference(Schemas + data) };
        if (operation.OtherContent is { } other)
            content[other] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
        answer["content"] = content;
        if (operation.IsDecided)
        {
            answer["headers"] = new JsonObject(components["headers"]!.AsObject()
                .Select(header => KeyValuePair.Create<string, JsonNode?>(header.Key, Reference($"#/components/headers/{header.Key}"))));
        }

        JsonObject responses = new() { [operation.Status.ToString(CultureInfo.InvariantCulture)] = answer };
        foreach (int status in ErrorsOf(operation))
        {
            responses[status.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = Meanings[status],
                ["content"] = Content(Reference(Schemas + ErrorSchema(operation, status))),
            };
        }

        return responses;
    }

    private static IEnumerable<int> ErrorsOf(ApiOperation operation)
    {
        IEnumerable<int> errors = operation.Errors.Append(403).Append(500);
        if (operation.Body is not null || operation.OtherBody is not null)
            errors = errors.Concat(BodyErrors);
        if (operation.Access != ApiAccess.Open)
            errors = errors.Append(401);
        if (operation.Access == ApiAccess.Key || operation.Path == "/ready")
            errors = errors.Append(503);
        return errors.Distinct().Order();
    }

    // /ready tells its state, whatever it is.
    private static string ErrorSchema(ApiOperation operation, int status) =>
        operation.Path == "/ready" && status == 503 ? "Readiness"
        : operation.Path.StartsWith(MessagesErrorWriter.Path, StringComparison.Ordinal) ? "MessagesError" : "Error";

    private static JsonArray Security(ApiAccess access) => access switch
    {
        ApiAccess.Key => new(Scheme("bearer"), Scheme("key")),
        ApiAccess.Admin => new(Scheme("admin"), Scheme("admin_header")),
        _ => [],
    };

    private static JsonObject Scheme(string name) => new() { [name] = new JsonArray() };

    private static JsonObject Reference(string to) => new() { ["$ref"] = to };

    private static JsonObject Content(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    private static IEnumerable<(string Name, JsonObject Schema)> RequestSchemas()
    {
        IEnumerable<(string Schema, FieldTable Fields)> bodies = ApiOperations.All.Select(operation => operation.Body).OfType<(string, FieldTable)>();
        foreach ((string name, FieldTable fields) in bodies.DistinctBy(body => body.Schema))
        {
            yield return (name, new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray([.. fields.Fields.Where(field => field.IsRequired).Select(field => JsonValue.Create(field.Name))]),
                ["properties"] = new JsonObject(fields.Fields.Select(field => KeyValuePair.Create<string, JsonNode?>(field.Name, SchemaOf(field)))),
            });
        }
    }

    /// <summary>What the file of settings says of a member, with what that refers to.</summary>
    private static IEnumerable<(string Name, JsonNode? Schema)> MemberSchemas()
    {
        JsonObject definitions = Resource("OpenApi/cascade.schema.json")["$defs"]!.AsObject();
        string text = definitions.ToJsonString();
        foreach (string name in definitions.Select(definition => definition.Key))
            text = text.Replace($"\"#/$defs/{name}\"", $"\"{Schemas}{SettingsName(name)}\"", StringComparison.Ordinal);
        return [.. JsonNode.Parse(text)!.AsObject().Select(definition => (SettingsName(definition.Key), definition.Value?.DeepClone()))];
    }

    private static string SettingsName(string definition) =>
        string.Concat(definition.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + "Settings";

    /// <summary>What a schema takes, or null.</summary>
    private static JsonObject WithNull(JsonObject schema)
    {
        if (schema.Count == 0)
            return schema;
        if (schema["const"] is { } only)
        {
            schema.Remove("const");
            schema["enum"] = new JsonArray(only.DeepClone(), null);
        }
        else if (schema["enum"] is JsonArray words)
        {
            words.Add(null);
        }
        else if (schema["type"] is { } type)
        {
            JsonArray types = type is JsonArray several ? several : new(type.DeepClone());
            if (!types.Any(name => (string?)name == "null"))
                types.Add("null");
            schema["type"] = types.DeepClone();
        }
        else
        {
            schema["anyOf"]!.AsArray().Add(new JsonObject { ["type"] = "null" });
        }

        return schema;
    }

    private static JsonObject Resource(string name)
    {
        using Stream stream = typeof(ApiDocument).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The program lacks its own file {name}.");
        return JsonNode.Parse(stream)!.AsObject();
    }
}
