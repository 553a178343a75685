using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using CascadeLocal.Dialects;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Gguf;

using Xunit;

using Dialect = CascadeLocal.Dialects.Dialect;
using JsonSchema = Json.Schema.JsonSchema;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Answers that must have a form, on the little random model, which would write none of them by itself.</summary>
public sealed class FormTests : IAsyncLifetime
{
    private const string Person = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":8},"age":{"type":"integer","minimum":0,"maximum":150},
         "tags":{"type":"array","items":{"enum":["a","bc"]},"maxItems":3}},"required":["name","age","tags"],"additionalProperties":false}
        """;

    private static readonly ToolDefinition Add = new(
        "add", "Adds.", """{"type":"object","properties":{"a":{"type":"integer","minimum":-99,"maximum":99},"b":{"type":"boolean"}},"required":["a","b"],"additionalProperties":false}""");

    private static readonly ToolDefinition Ping = new("ping", null, null);

    private readonly TempFolder _folder = new();
    private LanguageModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await TestModel.LoadRandomAsync(_folder, options => options with { ContextLength = 1024 });

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_answer_follows_its_schema_however_wild_the_model_is()
    {
        JsonSchema schema = JsonSchema.FromText(Person);
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(seed => AskAsync(Wild(seed) with { Constraint = new(OutputConstraintKind.JsonSchema, Person) })));

        Assert.All(answers, answer =>
        {
            Assert.Equal(FinishReason.Stop, answer.Result.FinishReason);
            using JsonDocument json = JsonDocument.Parse(answer.Text);
            Assert.True(schema.Evaluate(json.RootElement).IsValid, answer.Text);
        });
        Assert.True(answers.Select(answer => answer.Text).Distinct().Count() > 30);
    }

    [Fact]
    public async Task A_form_is_held_where_the_best_token_is_taken_too()
    {
        Answer answer = await AskAsync(Ask() with { Constraint = new(OutputConstraintKind.Regex, "(yes|no), [0-9]{3}") });

        Assert.Matches("^(yes|no), [0-9]{3}$", answer.Text);
        Assert.Equal(FinishReason.Stop, answer.Result.FinishReason);
    }

    [Fact]
    public async Task Without_need_a_form_changes_nothing()
    {
        // Both may write what the form allows, and nothing else.
        Dictionary<int, float> banned = Enumerable.Range(0, _model.Info.VocabularySize)
            .Where(token => !Regex.IsMatch(_model.Detokenize([token]), "^[ -~]+$"))
            .ToDictionary(token => token, _ => -1_000f);
        GenerationRequest request = Ask() with { MaxTokens = 60, LogitBias = banned };

        Answer plain = await AskAsync(request);
        Answer held = await AskAsync(request with { Constraint = new(OutputConstraintKind.Regex, "[ -~]{1,1000}") });

        Assert.Equal(60, plain.Tokens.Count);
        Assert.Equal(plain.Tokens, held.Tokens);
    }

    [Fact]
    public async Task Signals_are_those_of_the_raw_logits()
    {
        GenerationRequest request = Ask() with { MaxTokens = 1, TopCandidates = 1 };
        TokenCandidate best = (await FirstAsync(request)).Candidates![1];

        AnswerEvent held = await FirstAsync(request with { Constraint = new(OutputConstraintKind.Regex, best.Text[0] == 'X' ? "Z+" : "X+") });

        Assert.Equal(best.Text, held.Candidates![1].Text);
        Assert.Equal(best.LogProbability, held.Candidates![1].LogProbability, 1e-3f);
        Assert.True(held.Signals!.Value.LogProbability < best.LogProbability);
    }

    [Fact]
    public async Task A_draft_changes_no_token_of_a_held_answer()
    {
        GenerationRequest request = Ask() with { Constraint = new(OutputConstraintKind.JsonSchema, Person) };
        Answer plain = await AskAsync(request);

        Answer right = await AskAsync(request with { Draft = plain.Tokens.ToArray() });
        Answer wrong = await AskAsync(request with { Draft = Enumerable.Repeat(plain.Tokens[0], 30).ToArray() });

        Assert.Equal(plain.Tokens, right.Tokens);
        Assert.Equal(plain.Tokens, wrong.Tokens);
        Assert.True(right.Result.Draft!.Reused > 0);
    }

    [Fact]
    public async Task An_answer_that_is_cut_is_the_beginning_of_one_that_has_the_form()
    {
        Answer answer = await AskAsync(Wild(1) with { MaxTokens = 5, Constraint = new(OutputConstraintKind.JsonSchema, Person) });

        Assert.Equal(FinishReason.Length, answer.Result.FinishReason);
        Assert.True(Constraints.ConstraintCompiler.Compile(new OutputConstraint(OutputConstraintKind.JsonSchema, Person), cancellationToken: TestContext.Current.CancellationToken).AcceptsPrefix(Encoding.UTF8.GetBytes(answer.Text)), answer.Text);
        Assert.StartsWith("{\"", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OutputConstraintKind.JsonSchema, """{"type":"object","not":{}}""", "not", false)]
    [InlineData(OutputConstraintKind.JsonSchema, "{", "not JSON", true)]
    [InlineData(OutputConstraintKind.Regex, "(a)\\1", "back-reference", false)]
    [InlineData(OutputConstraintKind.Grammar, "root ::= missing", "missing", true)]
    public void A_form_that_is_wrong_or_not_served_is_refused_with_the_reason(OutputConstraintKind kind, string source, string named, bool isInvalid)
    {
        RequestRefusedException refusal = Assert.Throws<RequestRefusedException>(() => _model.Start(Ask() with { Constraint = new(kind, source) }));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(isInvalid, refusal.IsInvalidForm);
    }

    [Fact]
    public void A_form_and_an_answer_without_end_are_refused_together() =>
        Assert.Contains("ignore_eos", Assert.Throws<RequestRefusedException>(() => _model.Start(
            Ask() with { IgnoreEndOfSequence = true, Constraint = new(OutputConstraintKind.JsonObject) })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_function_that_must_be_called_is_called_with_arguments_of_its_schema(bool parallel)
    {
        JsonSchema schema = JsonSchema.FromText(Add.Parameters!);
        for (int seed = 0; seed < 10; seed++)
        {
            GenerationRequest request = Wild(seed) with { Tools = [Add, Ping], ToolChoice = new(ToolChoiceKind.Required), ParallelToolCalls = parallel, MaxTokens = 300 };
            await using Generation generation = _model.Start(request);
            GenerationResult result = await generation.FinishAsync(TestContext.Current.CancellationToken);
            IReadOnlyList<OutputPart> parts = PartsOf(generation, request);

            OutputPart.ToolCallBegin[] calls = [.. parts.OfType<OutputPart.ToolCallBegin>()];
            Assert.NotEmpty(calls);
            if (!parallel)
                Assert.Single(calls);
            if (result.FinishReason != FinishReason.Stop)
                continue;
            foreach (OutputPart.ToolCallBegin call in calls)
            {
                string arguments = string.Concat(parts.OfType<OutputPart.ToolCallArguments>().Where(part => part.Index == call.Index).Select(part => part.TextDelta));
                using JsonDocument json = JsonDocument.Parse(arguments);
                Assert.True(call.Name == "ping" ? arguments == "{}" : schema.Evaluate(json.RootElement).IsValid, arguments);
            }
        }
    }

    [Fact]
    public async Task The_function_that_is_named_is_the_one_that_is_called()
    {
        GenerationRequest request = Ask() with { Tools = [Add, Ping], ToolChoice = new(ToolChoiceKind.Required, "ping") };
        await using Generation generation = _model.Start(request);
        await generation.FinishAsync(TestContext.Current.CancellationToken);

        Assert.Equal("ping", Assert.Single(PartsOf(generation, request).OfType<OutputPart.ToolCallBegin>()).Name);
    }

    [Fact]
    public async Task Plain_answers_have_no_markup()
    {
        await using Generation plain = _model.Start(Ask());
        await using Generation withTools = _model.Start(Ask() with { Tools = [Ping] });
        await using Generation without = _model.Start(Ask() with { Tools = [Ping], ToolChoice = new(ToolChoiceKind.None) });

        Assert.Null(plain.Markup);
        Assert.Equal(new AnswerMarkup(Dialect.Generic.Name, BeginsInReasoning: false), withTools.Markup);
        Assert.Null(without.Markup);
    }

    [Fact]
    public async Task A_template_that_knows_no_functions_is_told_of_them_in_words()
    {
        GenerationRequest request = new()
        {
            Tools = [Add],
            Messages =
            [
                new("user", "1+2?"),
                new("assistant", "") { ToolCalls = [new("c1", "add", "{\"a\": 1}")] },
                new("tool", "3") { ToolCallId = "c1" },
            ],
        };

        (_, string prompt) = await _model.TokenizeChatAsync(request, TestContext.Current.CancellationToken);

        Assert.Contains("- add: Adds.", prompt, StringComparison.Ordinal);
        Assert.Contains("{\"tool_call\": {\"name\": \"add\", \"arguments\": {\"a\": 1}}}", prompt, StringComparison.Ordinal);
        Assert.Contains("Result of add: 3", prompt, StringComparison.Ordinal);
    }

    private static IReadOnlyList<OutputPart> PartsOf(IAnswer answer, GenerationRequest request)
    {
        AnswerSplitter splitter = new(Dialect.Find(answer.Markup!.Dialect)!, request.Tools, parsesTools: true, answer.Markup.BeginsInReasoning);
        splitter.Append(answer.Text);
        splitter.Finish();
        return splitter.Drain();
    }

    private static GenerationRequest Ask() => new() { Messages = [new("user", "Hello")], MaxTokens = 200 };

    private static GenerationRequest Wild(int seed) => Ask() with { Seed = (ulong)seed, Sampling = new() { Temperature = 1.5f, TopK = 0, TopP = 1, MinP = 0 } };

    private async Task<Answer> AskAsync(GenerationRequest request) => await Answer.ReadAsync(_model.Start(request));

    private async Task<AnswerEvent> FirstAsync(GenerationRequest request)
    {
        await using Generation generation = _model.Start(request);
        await generation.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(generation.TryRead(out AnswerEvent first));
        return first;
    }
}
