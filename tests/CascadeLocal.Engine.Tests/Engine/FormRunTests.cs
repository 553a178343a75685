using System.Text;
using System.Text.Json;

using CascadeLocal.Constraints;
using CascadeLocal.Constraints.Tests;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Json.Schema;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>
/// Thousands of answers of a model that writes at random, over all schemas, each alone and as a property of an object: by hand, since it
/// takes minutes (<c>./build.sh test Engine --filter-class "*FormRunTests" --explicit only</c>).
/// </summary>
public sealed class FormRunTests(ITestOutputHelper output)
{
    private const int Answers = 10_000;
    private const int AtOnce = 16;

    [Fact(Explicit = true)]
    public async Task What_ends_is_valid_by_its_schema_and_what_is_cut_is_the_beginning_of_something_valid()
    {
        using TempFolder folder = new();
        ModelOptions options = new() { Path = TestModel.Path(TestModel.Random, folder), Threads = 2, Parallel = AtOnce, ContextLength = 512 };
        using LanguageModel model = await LanguageModel.LoadAsync(options, NullLogger.Instance, TestContext.Current.CancellationToken);
        Form[] forms = [.. SchemaSamples.All.SelectMany(schema => new[] { schema, InObject(schema) }).Distinct().Select(Form.Of)];
        int ended = 0;
        for (int first = 0; first < Answers; first += AtOnce)
        {
            Task<bool>[] answers = [.. Enumerable.Range(first, AtOnce).Select(seed => CheckAsync(model, forms[seed % forms.Length], (ulong)seed))];
            ended += (await Task.WhenAll(answers)).Count(isEnded => isEnded);
        }

        output.WriteLine($"{forms.Length} schemas, {Answers} answers: {ended} ended with stop and are valid, {Answers - ended} with length and can be gone on with");
        Assert.True(forms.Length >= 200 && ended >= Answers / 2);
    }

    // A schema that refers to its own root has to stay the root.
    private static string InObject(string schema) => schema.Contains('#') || schema is "true"
        ? schema
        : $"{{\"type\":\"object\",\"properties\":{{\"value\":{schema}}},\"required\":[\"value\"],\"additionalProperties\":false}}";

    private static async Task<bool> CheckAsync(LanguageModel model, Form form, ulong seed)
    {
        Answer answer = await Answer.ReadAsync(model.Start(new GenerationRequest
        {
            Messages = [new("user", "Hello")],
            Seed = seed,
            MaxTokens = 300,
            Sampling = new() { Temperature = 1.5f, TopK = 0, TopP = 1, MinP = 0 },
            Constraint = new(OutputConstraintKind.JsonSchema, form.Schema),
        }));
        if (answer.Result.FinishReason == FinishReason.Length)
        {
            // The last character may be cut, and stands as one that no answer has.
            Assert.True(form.Compiled.AcceptsPrefix(Encoding.UTF8.GetBytes(answer.Text.TrimEnd('\uFFFD'))), $"{form.Schema} cannot go on from {answer.Text}");
            return false;
        }

        using JsonDocument document = JsonDocument.Parse(answer.Text);
        Assert.True(form.Known.Evaluate(document.RootElement, new() { RequireFormatValidation = true }).IsValid, $"{form.Schema} does not take {answer.Text}");
        return true;
    }

    private sealed record Form(string Schema, CompiledConstraint Compiled, JsonSchema Known)
    {
        public static Form Of(string schema) => new(
            schema,
            ConstraintCompiler.Compile(new OutputConstraint(OutputConstraintKind.JsonSchema, schema)),
            JsonSchema.FromText(schema, new BuildOptions { SchemaRegistry = new() }));
    }
}
