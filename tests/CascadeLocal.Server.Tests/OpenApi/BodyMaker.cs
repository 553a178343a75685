using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Server.Tests.OpenApi;

/// <summary>A body to send.</summary>
/// <param name="Path">Where to.</param>
/// <param name="Bytes">The body.</param>
/// <param name="Kind">What is the matter with it.</param>
/// <param name="IsValid">Whether the document takes it.</param>
/// <param name="Broken">The field that is at fault, if just one is.</param>
internal sealed record MadeBody(string Path, byte[] Bytes, string Kind, bool IsValid, string? Broken = null);

/// <summary>Makes bodies from /openapi.json: such that it takes, and such that are broken in one way.</summary>
internal sealed class BodyMaker(DocumentSchemas document, int seed)
{
    // Stand in a body for what is no JSON value, or not of this library's.
    private const string Placeholder = "%RAW%";

    private static readonly string[] Texts = ["hi", "What is 12 + 30?", "Grüße 日本 😀", "<|im_end|>", "\u0000\u001f", "a\nb", new('x', 100)];

    private static readonly string[] Junk =
    [
        "true", "7", "-1", "1.5", "-1e9", "\"\"", "\"x\"", "\"NaN\"", "[]", "[null]", "[[]]", "[7]", "{}", "{\"a\":1}", "{\"type\":7}", "[{\"type\":\"x\"}]",
        "2147483648", "0", "[{\"role\":\"user\"}]",
    ];

    private static readonly string[] Huge = ["1e999", "-1e999", "99999999999999999999999", $"1{new string('0', 5_000)}", "1e-999999999999"];

    private readonly Random _random = new(seed);
    private readonly string[] _paths = [.. document.BodyPaths.Where(path => !path.StartsWith("/admin", StringComparison.Ordinal))];

    public MadeBody Next()
    {
        string path = Pick(_paths);
        JsonObject body = MakeValid(path);
        return _random.Next(12) switch
        {
            < 4 => Made(path, body, "valid", true),
            4 or 5 => BreakField(path, body),
            6 or 7 => BreakWithin(path, body),
            8 => BreakName(path, body),
            9 => EmptyOut(path, body),
            10 => BreakNumber(path, body),
            _ => BreakText(path, body),
        };
    }

    private static MadeBody Made(string path, JsonObject body, string kind, bool isValid, string? broken = null) =>
        new(path, Encoding.UTF8.GetBytes(body.ToJsonString()), kind, isValid, broken);

    private static JsonObject Raw(JsonObject body, string field)
    {
        body[field] = Placeholder;
        return body;
    }

    private static byte[] Fill(JsonObject body, string raw) => Encoding.UTF8.GetBytes(body.ToJsonString().Replace($"\"{Placeholder}\"", raw, StringComparison.Ordinal));

    private JsonObject Properties(string path) => document.RequestOf(path)!["properties"]!.AsObject();

    private string[] Served(string path) => [.. Properties(path).Where(property => (string?)property.Value!["x-cascade-use"] == "served").Select(property => property.Key)];

    private T Pick<T>(IList<T> items) => items[_random.Next(items.Count)];

    // ---- Valid ones

    private JsonObject MakeValid(string path)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            JsonObject body = Reconciler.Reconcile(path, MakeBody(path), Properties(path));
            if (document.TakesBody(path, body.ToJsonString()))
                return body;
        }

        throw new InvalidOperationException($"No valid body for {path} was found.");
    }

    private JsonObject MakeBody(string path)
    {
        HashSet<string> required = [.. document.RequestOf(path)!["required"]!.AsArray().Select(name => (string)name!)];
        JsonObject body = [];
        foreach ((string name, JsonNode? schema) in Properties(path))
        {
            int percent = required.Contains(name) ? 100 : (string?)schema!["x-cascade-use"] == "served" ? 15 : 4;
            if (_random.Next(100) < percent)
                body[name] = Make(schema!, 0);
        }

        if (_random.Next(10) == 0)
            body[$"unheard_of_{_random.Next(100)}"] = Make(new JsonObject(), 0);
        return body;
    }

    private JsonNode? Make(JsonNode schema, int depth)
    {
        if (schema is not JsonObject kind || kind.All(member => member.Key is "description" or "x-cascade-use"))
            return JsonNode.Parse(Pick(Junk));
        if (kind["examples"] is JsonArray examples)
            return Pick(examples)?.DeepClone();
        if (kind.ContainsKey("const"))
            return kind["const"]?.DeepClone();
        if (kind["enum"] is JsonArray words)
            return Pick(words)?.DeepClone();
        if (kind["anyOf"] is JsonArray any)
            return Make(Merge(kind, "anyOf", Pick(any)!.AsObject()), depth);
        if (kind["allOf"] is JsonArray all)
            return Make(all.Aggregate(kind, (merged, part) => Merge(merged, "allOf", part!.AsObject())), depth);
        if (kind["if"] is JsonObject condition)
            return Make(_random.Next(2) == 0 ? Merge(Merge(kind, "if", condition), "then", kind["then"]!.AsObject()) : Merge(kind, "if", []), depth);
        return MakeOfType(kind, kind["type"] switch
        {
            JsonArray types => (string)Pick(types)!,
            { } type => (string)type!,
            null => "object",
        }, depth);
    }

    private JsonNode? MakeOfType(JsonObject kind, string type, int depth) => type switch
    {
        "boolean" => _random.Next(2) == 0,
        "integer" => MakeInteger(kind),
        "number" => MakeNumber(kind),
        "string" => MakeText(kind),
        "array" => MakeArray(kind, depth),
        "object" => MakeObject(kind, depth),
        _ => null,
    };

    private JsonValue MakeInteger(JsonObject kind)
    {
        long min = (long?)kind["minimum"] ?? -5, max = (long?)kind["maximum"] ?? 50;
        return JsonValue.Create(_random.Next(4) switch { 0 => min, 1 => max, _ => Math.Clamp(_random.Next(1, 20), min, max) });
    }

    private JsonValue MakeNumber(JsonObject kind)
    {
        double min = (double?)kind["minimum"] ?? (double?)kind["exclusiveMinimum"] ?? -5, max = (double?)kind["maximum"] ?? 50;
        return JsonValue.Create(_random.Next(4) switch
        {
            0 when !kind.ContainsKey("exclusiveMinimum") => min,
            1 => max,
            _ => Math.Round(min + ((max - min) * (0.01 + (0.98 * _random.NextDouble()))), 6),
        });
    }

    private JsonValue MakeText(JsonObject kind)
    {
        if ((string?)kind["pattern"] is { } pattern)
            return JsonValue.Create(pattern.StartsWith("^[0-9]", StringComparison.Ordinal) ? $"{_random.Next(50)}" : $"name_{_random.Next(100)}");
        string text = Pick(Texts);
        int max = (int?)kind["maxLength"] ?? int.MaxValue;
        return JsonValue.Create(text.Length > max ? text[..max] : text);
    }

    private JsonArray MakeArray(JsonObject kind, int depth)
    {
        int min = (int?)kind["minItems"] ?? 0, max = Math.Min((int?)kind["maxItems"] ?? 3, min + 2);
        int count = depth > 6 ? min : _random.Next(min, max + 1);
        return [.. Enumerable.Range(0, count).Select(_ => Make(kind["items"] ?? new JsonObject(), depth + 1))];
    }

    private JsonObject MakeObject(JsonObject kind, int depth)
    {
        JsonObject made = [];
        HashSet<string> required = [.. (kind["required"] as JsonArray ?? []).Select(name => (string)name!)];
        foreach ((string name, JsonNode? schema) in kind["properties"] as JsonObject ?? [])
        {
            if (required.Contains(name) || _random.Next(100) < 40)
                made[name] = Make(schema!, depth + 1);
        }

        if (kind["additionalProperties"] is JsonObject others)
        {
            for (int i = _random.Next(3); i > 0; i--)
                made[(string)MakeText(kind["propertyNames"]?.AsObject() ?? [])!] = Make(others, depth + 1);
        }

        return made;
    }

    /// <summary>A schema with a part of it taken for given.</summary>
    private static JsonObject Merge(JsonObject kind, string replaced, JsonObject part)
    {
        JsonObject merged = kind.DeepClone().AsObject();
        merged.Remove(replaced);
        foreach ((string name, JsonNode? value) in part)
        {
            switch (name)
            {
                case "properties" when merged["properties"] is JsonObject properties:
                    foreach ((string property, JsonNode? schema) in value!.AsObject())
                        properties[property] = schema?.DeepClone();
                    break;
                case "required" when merged["required"] is JsonArray required:
                    foreach (JsonNode? property in value!.AsArray())
                        required.Add(property?.DeepClone());
                    break;
                default:
                    merged[name] = value?.DeepClone();
                    break;
            }
        }

        return merged;
    }

    // ---- Broken ones

    private MadeBody BreakField(string path, JsonObject body)
    {
        string field = Pick([.. Properties(path).Where(property => (string?)property.Value!["x-cascade-use"] != "ignored").Select(property => property.Key)]);
        JsonNode? value = JsonNode.Parse(Pick(Junk));
        body[field] = value;
        bool isBroken = !document.TakesField(path, field, value);
        return Made(path, body, "field", false, isBroken ? field : null);
    }

    private MadeBody BreakWithin(string path, JsonObject body)
    {
        string[] served = [.. Served(path).Where(name => body[name] is JsonObject or JsonArray)];
        if (served.Length == 0)
            return BreakField(path, body);
        string field = Pick(served);
        JsonNode place = body[field]!;
        while (true)
        {
            JsonNode?[] inner = place is JsonObject o ? [.. o.Select(member => member.Value)] : [.. place.AsArray()];
            JsonNode?[] deeper = [.. inner.Where(node => node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })];
            if (deeper.Length == 0 || _random.Next(3) == 0)
                break;
            place = Pick(deeper)!;
        }

        JsonNode? junk = _random.Next(5) == 0 ? null : JsonNode.Parse(Pick(Junk));
        if (place is JsonObject { Count: > 0 } members)
            members[Pick([.. members.Select(member => member.Key)])] = junk;
        else if (place is JsonArray { Count: > 0 } items)
            items[_random.Next(items.Count)] = junk;
        bool isBroken = !document.TakesField(path, field, body[field]);
        return Made(path, body, "within", false, isBroken ? field : null);
    }

    private MadeBody BreakName(string path, JsonObject body)
    {
        string[] required = [.. document.RequestOf(path)!["required"]!.AsArray().Select(name => (string)name!)];
        if (required.Length > 0 && _random.Next(3) == 0)
        {
            string missing = Pick(required);
            body.Remove(missing);
            return Made(path, body, "missing", false, missing);
        }

        string name = Pick(Served(path));
        int at = _random.Next(name.Length);
        string near = _random.Next(3) switch { 0 => name.Remove(at, 1), 1 => name.Insert(at, "q"), _ => name.ToUpperInvariant() };
        if (body.ContainsKey(near))
            return Made(path, body, "valid", true);
        body[near] = 1;
        // One letter of a long name is a slip wherever names are looked at, which is where some are refused.
        JsonObject known = Properties(path);
        bool areNamesRead = known.Any(field => (string?)field.Value!["x-cascade-use"] == "refused");
        bool isSlip = areNamesRead && Math.Abs(near.Length - name.Length) == 1 && name.Length > 6 && !known.ContainsKey(near);
        return Made(path, body, "near name", false, isSlip ? near : null);
    }

    private MadeBody EmptyOut(string path, JsonObject body)
    {
        switch (_random.Next(3))
        {
            case 0:
                string[] required = [.. document.RequestOf(path)!["required"]!.AsArray().Select(name => (string)name!)];
                foreach (string name in Properties(path).Select(property => property.Key).Where(name => !required.Contains(name) && _random.Next(2) == 0))
                    body[name] = null;
                return Made(path, body, "nulls", false);
            case 1:
                string field = Pick(Served(path));
                body[field] = Pick<JsonNode>([new JsonArray(), new JsonObject(), ""]).DeepClone();
                return Made(path, body, "empty", false, document.TakesField(path, field, body[field]) ? null : field);
            default:
                string emptied = Pick([.. body.Select(member => member.Key)]);
                body[emptied] = null;
                return Made(path, body, "null", false, document.TakesField(path, emptied, null) ? null : emptied);
        }
    }

    private MadeBody BreakNumber(string path, JsonObject body)
    {
        string[] numbers = [.. Properties(path).Where(property => IsNumber(property.Value!["type"])).Select(property => property.Key)];
        if (numbers.Length == 0)
            return BreakField(path, body);
        string field = Pick(numbers), raw = Pick(Huge);
        bool isSmall = raw.StartsWith("1e-", StringComparison.Ordinal);
        return new(path, Fill(Raw(body, field), raw), "huge", false, isSmall ? null : field);
    }

    private static bool IsNumber(JsonNode? type) => type is JsonArray types && types.Any(name => (string?)name is "number" or "integer");

    private MadeBody BreakText(string path, JsonObject body)
    {
        string text = body.ToJsonString(), field = body.First().Key;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return _random.Next(9) switch
        {
            0 => new(path, bytes[.._random.Next(bytes.Length)], "cut", false),
            1 => new(path, Encoding.UTF8.GetBytes($"{{\"{field}\":1,{text[1..]}"), "twice", false),
            2 => new(path, Fill(Raw(body, "unheard_of"), "\"\\ud800\""), "half a pair", false),
            3 => new(path, Fill(Raw(body, "unheard_of"), "{\"\\udc00\":1}"), "half a pair as a name", false),
            4 => new(path, Fill(Raw(body, "unheard_of"), Pick(["NaN", "Infinity", "-Infinity", "undefined", "'x'", "01", "+1", ".5", "0x1", "\"\t\""])), "no JSON", false),
            5 => new(path, Fill(Raw(body, "unheard_of"), new string('[', 5_000) + new string(']', 5_000)), "deep", false),
            6 => new(path, Encoding.UTF8.GetBytes(Pick(["", " ", "[]", "null", "7", "\"x\"", "{}{}", "\uFEFF"])), "no object", false),
            7 => new(path, [.. bytes[..^1], (byte)',', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}'], "no UTF-8", false),
            _ => new(path, Encoding.UTF8.GetBytes(text + " x"), "more behind", false),
        };
    }
}

/// <summary>Takes out of a body what schemas cannot say: fields that contradict each other, and names and ids that have to exist.</summary>
internal static class Reconciler
{
    private const int MostTokens = 3;

    private static readonly string[] Limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

    private static readonly string[] Forms =
        ["response_format", "guided_json", "guided_regex", "guided_choice", "guided_grammar", "grammar", "json_schema", "format", "structured_outputs"];

    public static JsonObject Reconcile(string path, JsonObject body, JsonObject properties)
    {
        ShortenAnswer(body, properties);
        KeepOneForm(body);
        NameFunctions(body);
        CheckOutput(body);
        Exist(path, body);
        NameItems(body);
        LimitIds(body);
        EndWithUser(path, body);
        return body;
    }

    private static void ShortenAnswer(JsonObject body, JsonObject properties)
    {
        foreach (string limit in Limits.Where(name => (string?)properties[name]?["x-cascade-use"] == "served"))
            body[limit] = MostTokens;
        if (body.ContainsKey("n"))
            body["n"] = 2;
        if (body.ContainsKey("best_of") && (string?)properties["best_of"]?["x-cascade-use"] == "served")
            body["best_of"] = body["n"]?.DeepClone() ?? 1;
        if (body.ContainsKey("min_tokens"))
            body["min_tokens"] = 1;
    }

    private static void KeepOneForm(JsonObject body)
    {
        string[] forms = [.. Forms.Where(name => body[name] is not null)];
        foreach (string form in forms.Skip(1))
            body.Remove(form);
        if (body["structured_outputs"] is JsonObject { Count: > 1 } structured)
            body["structured_outputs"] = new JsonObject(structured.Take(1).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
        if (body["output_config"] is JsonObject config && config["format"] is not null)
            body.Remove("output_format");
        if (forms.Length > 0)
        {
            body.Remove("ignore_eos");
            body.Remove("min_tokens");
        }
    }

    private static void NameFunctions(JsonObject body)
    {
        if (body["tools"] is not null)
            body.Remove("functions");
        foreach (string name in new[] { "tools", "functions" })
        {
            int i = 0;
            foreach (JsonObject tool in (body[name] as JsonArray ?? []).OfType<JsonObject>())
                (tool["function"] as JsonObject ?? tool)["name"] = $"f{i++}";
        }
    }

    private static void CheckOutput(JsonObject body)
    {
        if (body["stream_options"] is JsonObject && (body.ContainsKey("messages") || body.ContainsKey("prompt")))
            body["stream"] = true;
        if (body.ContainsKey("top_logprobs"))
        {
            if (body.ContainsKey("input"))
                body["include"] = new JsonArray("message.output_text.logprobs");
            else
                body["logprobs"] = true;
        }

        if (body["prompt"] is JsonArray prompts)
        {
            body.Remove("echo");
            if (prompts.Count > 1)
                (body["stream"], body["stream_options"]) = (null, null);
        }

        if (body["echo"] is JsonValue echo && echo.GetValueKind() == JsonValueKind.True && body.ContainsKey("prompt"))
            body.Remove("logprobs");
        if (body.ContainsKey("continue_final_message"))
            body.Remove("add_generation_prompt");
    }

    private static void Exist(string path, JsonObject body)
    {
        if (body.ContainsKey("model"))
            body["model"] = path == "/v1/embeddings" ? null : "cascade";
        if (path == "/v1/embeddings")
            body.Remove("dimensions");
        body.Remove("previous_response_id");
        foreach (JsonObject item in (body["input"] as JsonArray ?? []).OfType<JsonObject>().Where(item => (string?)item["type"] == "function_call_output").ToArray())
        {
            item.Clear();
            (item["role"], item["content"]) = ("user", "hi");
        }
    }

    private static void NameItems(JsonObject body)
    {
        int i = 0;
        foreach (JsonObject item in (body["input"] as JsonArray ?? []).OfType<JsonObject>().Where(item => item["id"] is not null))
            item["id"] = $"item_{i++}";
    }

    private static void LimitIds(JsonObject body)
    {
        foreach (string name in new[] { "stop_token_ids", "tokens", "prompt", "input" })
        {
            if (body[name] is JsonArray ids)
                Limit(ids);
        }

        static void Limit(JsonArray ids)
        {
            for (int i = 0; i < ids.Count; i++)
            {
                if (ids[i] is JsonArray inner)
                    Limit(inner);
                else if (ids[i]!.GetValueKind() == JsonValueKind.Number)
                    ids[i] = i + 5;
            }
        }
    }

    // A conversation that ends with a call has nobody to answer.
    private static void EndWithUser(string path, JsonObject body)
    {
        if (body["messages"] is JsonArray messages)
            messages.Add(new JsonObject { ["role"] = "user", ["content"] = "hi" });
        if (path.StartsWith("/v1/responses", StringComparison.Ordinal) && body["input"] is JsonArray input)
            input.Add(new JsonObject { ["role"] = "user", ["content"] = "hi" });
    }
}
