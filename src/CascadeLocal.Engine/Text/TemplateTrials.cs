using CascadeLocal.Templates;
using CascadeLocal.Templates.Runtime;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// Finds out what a template wants, by small conversations whose words are looked for in the prompt. Every trial is a rendering like
/// any other, within the same bounds; the first that reaches one ends them all.
/// </summary>
internal sealed class TemplateTrials
{
    private static readonly ChatMessage Question = new("user", "Hello");
    // Mistral's ids have nine letters and digits.
    private static readonly Exchange First = new("probe_first", "first_value", "first_result", "probe0001");
    private static readonly Exchange Second = new("probe_second", "second_value", "second_result", "probe0002");

    private readonly ChatTemplate _template;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly RenderOptions _options;

    private TemplateTrials(ChatTemplate template, IReadOnlyDictionary<string, string> specialTokens, RenderOptions options) =>
        (_template, _specialTokens, _options) = (template, specialTokens, options);

    /// <summary>What a template wants.</summary>
    /// <param name="template">The template.</param>
    /// <param name="untried">What is assumed where every trial is refused.</param>
    /// <param name="specialTokens">Texts of the special tokens, by the names that templates know.</param>
    /// <param name="options">The bounds of a rendering, and its clock.</param>
    public static TemplateWants Run(
        ChatTemplate template, TemplateWants untried, IReadOnlyDictionary<string, string> specialTokens, RenderOptions options)
    {
        try
        {
            return new TemplateTrials(template, specialTokens, options).Run(untried);
        }
        catch (TemplateException)
        {
            return untried;
        }
    }

    private TemplateWants Run(TemplateWants untried) =>
        Instructions(Thinking(SeveralCalls(CallsBesideText(CallIds(BrokenArguments(Calls(Tools(untried))))))));

    /// <summary>Whether a function that can be called is named.</summary>
    private TemplateWants Tools(TemplateWants wants) =>
        Render(wants) is { } prompt ? wants with { ShowsTools = prompt.Contains(Tool.Name, StringComparison.Ordinal) } : wants;

    /// <summary>
    /// A turn that only calls, in every way to write it. Of those that leave nothing out the shortest prompt counts: it has no empty
    /// turn and no word for what is not there. Objects come before text, which templates may quote once more.
    /// </summary>
    private TemplateWants Calls(TemplateWants wants)
    {
        bool isRefused = true;
        foreach (bool asText in (bool[])[false, true])
        {
            string? best = null;
            TemplateWants kept = wants;
            foreach (EmptyContent content in Enum.GetValues<EmptyContent>())
            {
                TemplateWants tried = wants with { EmptyContent = content, TakesArgumentsAsText = asText };
                string? prompt = Render(tried, First.Call, First.Answer);
                isRefused &= prompt is null;
                if (First.IsCalledIn(prompt) && (best is null || prompt!.Length < best.Length))
                    (kept, best) = (tried, prompt);
            }

            if (best is not null)
                return kept with { WritesCalls = true, WritesResults = First.IsAnsweredIn(best) };
        }

        return isRefused ? wants : wants with { WritesCalls = false, WritesResults = wants.ShowsTools && WritesResultOfWords(wants) };
    }

    /// <summary>Whether the result of a call is written that an assistant made in words.</summary>
    private bool WritesResultOfWords(TemplateWants wants) => First.IsAnsweredIn(Render(wants, new("assistant", First.Name), First.Answer));

    /// <summary>Whether a call comes through whose arguments are no object.</summary>
    private TemplateWants BrokenArguments(TemplateWants wants)
    {
        ChatMessage call = First.Call with { ToolCalls = [First.Call.ToolCalls[0] with { Arguments = First.Value }] };
        bool fails = wants is { WritesCalls: true, TakesArgumentsAsText: false } && !First.IsCalledIn(Render(wants, call, First.Answer));
        return fails ? wants with { TakesBrokenArguments = false } : wants;
    }

    /// <summary>Whether a call comes through with an id as others write it.</summary>
    private TemplateWants CallIds(TemplateWants wants)
    {
        Exchange other = First with { Id = "call_probeprobeprobeprobeprob" };
        bool fails = wants.WritesCalls && !other.IsCalledIn(Render(wants, other.Call, other.Answer));
        return fails ? wants with { TakesAnyCallId = false } : wants;
    }

    /// <summary>Whether a call comes through beside a text. Where it does neither so nor apart, the request is left as it is.</summary>
    private TemplateWants CallsBesideText(TemplateWants wants)
    {
        ChatMessage[] turns = [First.Call with { Content = "probe_text" }, First.Answer];
        TemplateWants apart = wants with { TakesCallsBesideText = false };
        bool fails = wants.WritesCalls && !First.IsCalledIn(Render(wants, turns)) && First.IsCalledIn(Render(apart, CallTurns.Write(turns, apart)));
        return fails ? apart : wants;
    }

    /// <summary>Whether two calls of one turn come through. Where they do neither so nor apart, the request is left as it is.</summary>
    private TemplateWants SeveralCalls(TemplateWants wants)
    {
        ChatMessage[] turns = [First.Call with { ToolCalls = [.. First.Call.ToolCalls, .. Second.Call.ToolCalls] }, First.Answer, Second.Answer];
        TemplateWants apart = wants with { TakesSeveralCalls = false };
        return wants.WritesCalls && !AreWhole(turns) && AreWhole(CallTurns.Write(turns, apart)) ? apart : wants;

        bool AreWhole(IReadOnlyList<ChatMessage> written)
        {
            string? prompt = Render(wants, written);
            return new[] { First, Second }.All(exchange => exchange.IsCalledIn(prompt) && (!wants.WritesResults || exchange.IsAnsweredIn(prompt)));
        }
    }

    /// <summary>
    /// Which turns may bring their reasoning as <c>thinking</c>: gpt-oss reads no other name, and refuses a turn that calls with both
    /// that and a text.
    /// </summary>
    private TemplateWants Thinking(TemplateWants wants)
    {
        ChatMessage call = First.Call with { Reasoning = "probe_reasoning" };
        ChatMessage[] saying = [call with { Content = "probe_text", ToolCalls = [] }, Question, call with { Content = "probe_text" }, First.Answer];
        TemplateWants all = wants with { Thinking = ThinkingTurns.All };
        if (Render(all, call, First.Answer) is null)
            return wants;
        return Render(all, saying) is null ? wants with { Thinking = ThinkingTurns.OnlyCalls } : all;
    }

    /// <summary>
    /// Which system turns come through, with tools and without. Where some do neither so nor in another turn, the request is left as it is.
    /// </summary>
    private TemplateWants Instructions(TemplateWants wants)
    {
        ChatMessage first = new("system", "first_rule"), second = new("system", "second_rule"), answer = new("assistant", "Hi");
        ToolDefinition[][] each = wants.ShowsTools ? [[], [Tool]] : [[]];
        ToolDefinition[][] usual = [.. each.Where(tools => Render(wants, tools, [Question]) is not null)];
        wants = Try(wants with { TakesSystemTurn = false }, [first, Question]);
        if (wants.TakesSystemTurn)
            wants = Try(wants with { TakesSeveralSystemTurns = false }, [first, second, Question]);
        wants = Try(wants with { TakesLaterSystemTurns = false }, [first, Question, answer, second, Question]);
        return Try(wants with { TakesLaterSystemTurns = false, TakesOnlySystemTurnLater = false }, [Question, answer, second, Question]);

        TemplateWants Try(TemplateWants other, ChatMessage[] turns) => !AreWhole(wants, turns) && AreWhole(other, turns) ? other : wants;

        bool AreWhole(TemplateWants tried, ChatMessage[] turns) => usual.All(tools =>
            Render(tried, tools, SystemTurns.Write(turns, tried)) is { } prompt
            && turns.Where(turn => turn.Role == "system").All(turn => prompt.Contains(turn.Content, StringComparison.Ordinal)));
    }

    /// <summary>The prompt of a conversation that goes on like this after a question; null where the template refuses it.</summary>
    private string? Render(TemplateWants wants, params IReadOnlyList<ChatMessage> turns) =>
        // Not the function that is called: its name in the prompt has to come from the call.
        Render(wants, [Tool], [Question, .. turns]);

    /// <summary>The prompt of a whole conversation; null where the template refuses it.</summary>
    private string? Render(TemplateWants wants, IReadOnlyList<ToolDefinition> tools, IReadOnlyList<ChatMessage> messages)
    {
        GenerationRequest request = new() { Messages = messages, Tools = tools };
        try
        {
            return _template.Render(TemplateVariables.Of(request, _specialTokens, wants), _options).Text;
        }
        catch (TemplateException error) when (error.Kind != TemplateErrorKind.Exceeded)
        {
            return null;
        }
    }

    private static ToolDefinition Tool { get; } = new(
        "probe_tool", "A function.", """{"type": "object", "properties": {"probe_key": {"type": "string", "description": "A text."}}, "required": ["probe_key"]}""");

    /// <summary>A call and its result, in words that no template has.</summary>
    private sealed record Exchange(string Name, string Value, string Result, string Id)
    {
        public ChatMessage Call => new("assistant", "") { ToolCalls = [new(Id, Name, $$"""{"probe_key": "{{Value}}"}""")] };

        public ChatMessage Answer => new("tool", Result) { ToolCallId = Id };

        public bool IsCalledIn(string? prompt) => Holds(prompt, Name) && Holds(prompt, Value);

        public bool IsAnsweredIn(string? prompt) => Holds(prompt, Result);

        private static bool Holds(string? prompt, string word) => prompt?.Contains(word, StringComparison.Ordinal) == true;
    }
}
