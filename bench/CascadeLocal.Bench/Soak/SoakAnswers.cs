using System.Text;
using System.Text.Json.Nodes;

using CascadeLocal.Bench.Server;

namespace CascadeLocal.Bench.Soak;

/// <summary>
/// Checks answers of each API, and puts streams together to such answers. What is missing or of another kind makes reading it throw.
/// </summary>
internal static class SoakAnswers
{
    /// <summary>The field of the JSON object that is asked for as an answer's form.</summary>
    public const string FormField = "answer";

    /// <summary>Of a chat completion with this body.</summary>
    public static SoakAnswer Chat(JsonNode answer, JsonObject body)
    {
        JsonArray choices = answer["choices"]!.AsArray();
        Demand(choices.Count == ((int?)body["n"] ?? 1), "not as many choices as were asked for");
        foreach (JsonNode? choice in choices)
        {
            string finish = (string)choice!["finish_reason"]!;
            JsonNode message = choice["message"]!;
            string text = (string?)message["content"] ?? "";
            if (body.ContainsKey("logprobs"))
                Demand(choice["logprobs"]!["content"]!.AsArray().Count > 0 || text.Length == 0, "a text without log probabilities");
            if (body.ContainsKey("tools"))
                CheckCalls(finish, message["tool_calls"] as JsonArray);
            else
                Demand(finish is "stop" or "length", $"finish_reason {finish}");
            if (body.ContainsKey("response_format") && finish == "stop")
                _ = (string)JsonNode.Parse(text)![FormField]!;
        }

        return new SoakAnswer(OutputTokens(answer), (string?)choices[0]!["message"]!["content"] ?? "");
    }

    /// <summary>Of a completion.</summary>
    public static SoakAnswer Completion(JsonNode answer)
    {
        JsonNode choice = answer["choices"]!.AsArray().Single()!;
        Demand((string)choice["finish_reason"]! is "stop" or "length", "a finish_reason that is none");
        return new SoakAnswer(OutputTokens(answer), (string)choice["text"]!);
    }

    /// <summary>Of /v1/responses.</summary>
    public static SoakAnswer Response(JsonNode answer)
    {
        Demand((string)answer["status"]! is "completed" or "incomplete", "a status that is none");
        _ = answer["output"]!.AsArray();
        return new SoakAnswer((int)answer["usage"]!["output_tokens"]!, Id: (string)answer["id"]!);
    }

    /// <summary>Of /v1/messages.</summary>
    public static SoakAnswer Message(JsonNode answer)
    {
        Demand((string)answer["stop_reason"]! is "end_turn" or "max_tokens", "a stop_reason that is none");
        _ = answer["content"]!.AsArray();
        return new SoakAnswer((int)answer["usage"]!["output_tokens"]!);
    }

    /// <summary>Of /v1/embeddings.</summary>
    public static SoakAnswer Embedding(JsonNode answer, int texts)
    {
        JsonArray data = answer["data"]!.AsArray();
        Demand(data.Count == texts && data.All(item => item!["embedding"]!.AsArray().Count > 0), "not a vector for each text");
        _ = (int)answer["usage"]!["total_tokens"]!;
        return new SoakAnswer(0);
    }

    /// <summary>Of /tokenize.</summary>
    public static SoakAnswer Tokens(JsonNode answer)
    {
        Demand(answer["tokens"]!.AsArray().Count > 0, "no tokens");
        return new SoakAnswer(0);
    }

    /// <summary>The answer that a stream of chat completions or completions makes.</summary>
    public static JsonNode JoinChoices(IReadOnlyList<JsonNode> events)
    {
        SortedDictionary<int, JoinedChoice> choices = [];
        JsonNode? usage = null;
        foreach (JsonNode chunk in events)
        {
            usage = chunk["usage"] ?? usage;
            foreach (JsonNode? part in chunk["choices"]!.AsArray())
            {
                int index = (int)part!["index"]!;
                if (!choices.TryGetValue(index, out JoinedChoice? choice))
                    choices.Add(index, choice = new JoinedChoice());
                choice.Add(part);
            }
        }

        return new JsonObject
        {
            ["choices"] = new JsonArray([.. choices.Values.Select(choice => choice.Whole())]),
            ["usage"] = usage?.DeepClone(),
        };
    }

    /// <summary>The response that a stream ends with.</summary>
    public static JsonNode JoinResponse(IReadOnlyList<JsonNode> events)
    {
        Demand((string?)events[^1]["type"] is "response.completed" or "response.incomplete", "a stream of a response that does not end with it");
        return events[^1]["response"]!;
    }

    /// <summary>The message that a stream makes, without its blocks.</summary>
    public static JsonNode JoinMessage(IReadOnlyList<JsonNode> events)
    {
        Demand((string?)events[^1]["type"] == "message_stop", "a stream of a message without message_stop");
        JsonNode last = events.Single(next => (string?)next["type"] == "message_delta");
        return new JsonObject
        {
            ["stop_reason"] = last["delta"]!["stop_reason"]?.DeepClone(),
            ["content"] = events.Single(next => (string?)next["type"] == "message_start")["message"]!["content"]!.DeepClone(),
            ["usage"] = last["usage"]!.DeepClone(),
        };
    }

    // A call that the limit cut may have come to nothing.
    private static void CheckCalls(string finish, JsonArray? calls)
    {
        Demand(finish is "tool_calls" or "length", $"finish_reason {finish} where a call is required");
        if (finish == "length")
            return;
        Demand(calls is { Count: > 0 }, "no call where one is required");
        foreach (JsonNode? call in calls!)
            _ = JsonNode.Parse((string)call!["function"]!["arguments"]!)!.AsObject();
    }

    private static int OutputTokens(JsonNode answer) => (int)answer["usage"]!["completion_tokens"]!;

    private static void Demand(bool isRight, string otherwise)
    {
        if (!isRight)
            throw new ServerFailedException(otherwise);
    }

    /// <summary>A choice of a stream as far as it has come.</summary>
    private sealed class JoinedChoice
    {
        private readonly StringBuilder _text = new();
        private readonly SortedDictionary<int, StringBuilder> _calls = [];
        private readonly JsonArray _logprobs = [];
        private string? _finish;

        public void Add(JsonNode part)
        {
            Demand(_finish is null, "a choice that goes on behind its end");
            _finish = (string?)part["finish_reason"];
            _text.Append((string?)part["text"]).Append((string?)part["delta"]?["content"]);
            if (part["logprobs"]?["content"] is JsonArray logprobs)
            {
                foreach (JsonNode? token in logprobs)
                    _logprobs.Add(token!.DeepClone());
            }

            if (part["delta"]?["tool_calls"] is not JsonArray calls)
                return;
            foreach (JsonNode? call in calls)
            {
                int index = (int)call!["index"]!;
                if (!_calls.TryGetValue(index, out StringBuilder? arguments))
                    _calls.Add(index, arguments = new StringBuilder());
                arguments.Append((string?)call["function"]?["arguments"]);
            }
        }

        // Text and message: the one is read of completions, the other of chats.
        public JsonObject Whole() => new()
        {
            ["finish_reason"] = _finish,
            ["text"] = _text.ToString(),
            ["logprobs"] = new JsonObject { ["content"] = _logprobs },
            ["message"] = new JsonObject
            {
                ["content"] = _text.ToString(),
                ["tool_calls"] = new JsonArray([.. _calls.Values.Select(arguments =>
                    new JsonObject { ["function"] = new JsonObject { ["arguments"] = arguments.ToString() } })]),
            },
        };
    }
}
