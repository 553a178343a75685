using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using CascadeLocal.Bench.Drafts;

namespace CascadeLocal.Bench.Soak;

/// <summary>What one client asks. Its conversations grow turn by turn and begin anew.</summary>
internal sealed partial class SoakBodies(IReadOnlyList<string> members, Random random)
{
    private const int MostTokens = 96;
    private const int MostTurns = 7;

    /// <summary>Characters of a conversation beyond which it begins anew: with an answer they fit into a context of 1,024 tokens.</summary>
    private const int MostCharacters = 1200;

    /// <summary>So many of the questions come again and again; the others are new ones.</summary>
    private const int Recurring = 64;

    private static readonly string[] s_texts = [.. Questions.All.Select(question => question[0].Content)];

    private readonly List<(string Role, string Content)> _history = [];
    private int _turnsLeft;
    private string? _lastResponse;

    /// <summary>The next turn of a conversation.</summary>
    public SoakRequest ChatTurn()
    {
        if (_turnsLeft-- <= 0 || _history.Sum(message => message.Content.Length) > MostCharacters)
        {
            _history.Clear();
            _turnsLeft = random.Next(MostTurns);
        }

        _history.Add(("user", Question()));
        return Chat(new JsonArray([.. _history.Select(message => Message(message.Role, message.Content))])) with
        {
            Answered = answer => _history.Add(("assistant", answer.Text)),
            Left = _history.Clear,
        };
    }

    public SoakRequest ChatWithLogprobs()
    {
        SoakRequest request = Chat();
        request.Body["logprobs"] = true;
        request.Body["top_logprobs"] = random.Next(6);
        return request;
    }

    public SoakRequest ChatOfTwo()
    {
        SoakRequest request = Chat();
        request.Body["n"] = 2;
        return request;
    }

    public SoakRequest ChatInForm()
    {
        SoakRequest request = Chat();
        request.Body["response_format"] = new JsonObject
        {
            ["type"] = "json_schema",
            ["json_schema"] = new JsonObject { ["name"] = "result", ["schema"] = Schema(SoakAnswers.FormField) },
        };
        return request;
    }

    public SoakRequest ChatWithTools()
    {
        SoakRequest request = Chat();
        request.Body["tools"] = new JsonArray(new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = "look_up", ["description"] = "Looks up a word.", ["parameters"] = Schema("word") },
        });
        request.Body["tool_choice"] = "required";
        return request;
    }

    public SoakRequest Completion()
    {
        JsonObject body = Sampled(new JsonObject { ["model"] = Member(), ["prompt"] = Question(), ["max_tokens"] = random.Next(1, MostTokens) });
        return new SoakRequest("v1/completions", body, SoakAnswers.Completion) { Join = SoakAnswers.JoinChoices, EndsWithDone = true };
    }

    /// <summary>A response that is kept; half of them continue the one before.</summary>
    public SoakRequest Response()
    {
        JsonObject body = Sampled(new JsonObject { ["model"] = Model(), ["input"] = Question(), ["max_output_tokens"] = random.Next(1, MostTokens) });
        // Each continues at most one other, so that none grows beyond the context.
        if (_lastResponse is not null)
            body["previous_response_id"] = _lastResponse;
        bool isContinued = _lastResponse is null && random.Next(2) == 0;
        _lastResponse = null;
        return new SoakRequest("v1/responses", body, SoakAnswers.Response)
        {
            Join = SoakAnswers.JoinResponse,
            Answered = answer => _lastResponse = isContinued ? answer.Id : null,
        };
    }

    public SoakRequest Message()
    {
        JsonObject body = new()
        {
            ["model"] = Model(),
            ["max_tokens"] = random.Next(1, MostTokens),
            ["system"] = "Answer in few words.",
            ["messages"] = new JsonArray(Message("user", Question())),
            ["temperature"] = random.Next(2),
        };
        return new SoakRequest("v1/messages", body, SoakAnswers.Message) { Join = SoakAnswers.JoinMessage };
    }

    public SoakRequest Embedding()
    {
        JsonArray texts = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (JsonNode)Question())];
        return new SoakRequest("v1/embeddings", new JsonObject { ["input"] = texts }, answer => SoakAnswers.Embedding(answer, texts.Count));
    }

    public SoakRequest Tokens() =>
        new("tokenize", new JsonObject { ["model"] = Member(), ["content"] = Question() }, SoakAnswers.Tokens);

    /// <summary>A request that has to be refused with 400.</summary>
    public (string Path, string Body) Wrong() => random.Next(6) switch
    {
        0 => ("v1/chat/completions", """{"model": "cascade", "messages": ["""),
        1 => ("v1/chat/completions", """{"model": "cascade"}"""),
        2 => ("v1/chat/completions", """{"messages": [{"role": "user", "content": "Hello."}], "temperature": 9}"""),
        3 => ("v1/chat/completions", """{"messages": [{"role": "user", "content": "Hello."}], "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "thing"}}}}"""),
        4 => ("v1/completions", """{"prompt": "Hello.", "max_tokens": "many"}"""),
        _ => ("v1/embeddings", """{"input": []}"""),
    };

    private SoakRequest Chat() => Chat(new JsonArray(Message("user", Question())));

    private SoakRequest Chat(JsonArray messages)
    {
        JsonObject body = Sampled(new JsonObject { ["model"] = Model(), ["messages"] = messages, ["max_tokens"] = random.Next(1, MostTokens) });
        return new SoakRequest("v1/chat/completions", body, answer => SoakAnswers.Chat(answer, body)) { Join = SoakAnswers.JoinChoices, EndsWithDone = true };
    }

    // Half of the requests are greedy.
    private JsonObject Sampled(JsonObject body)
    {
        bool isGreedy = random.Next(2) == 0;
        body["temperature"] = isGreedy ? 0 : 1;
        if (isGreedy)
            return body;
        body["top_p"] = 0.95;
        body["repetition_penalty"] = 1.1;
        body["frequency_penalty"] = 0.2;
        body["presence_penalty"] = 0.1;
        body["seed"] = random.Next();
        return body;
    }

    private string Question()
    {
        Random draw = random.Next(2) == 0 ? new Random(random.Next(Recurring)) : random;
        string text = s_texts[draw.Next(s_texts.Length)];
        return Number().IsMatch(text)
            ? Number().Replace(text, _ => draw.Next(1000).ToString(CultureInfo.InvariantCulture))
            : string.Create(CultureInfo.InvariantCulture, $"{text} ({draw.Next(10_000)})");
    }

    private string Model() => random.Next(5) < 3 ? "cascade" : Member();

    private string Member() => members[random.Next(members.Count)];

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static JsonObject Schema(string field) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { [field] = new JsonObject { ["type"] = "string", ["maxLength"] = 12 } },
        ["required"] = new JsonArray(field),
        ["additionalProperties"] = false,
    };

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
