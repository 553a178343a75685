using System.Globalization;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Completions;

/// <summary>POST /v1/completions: a prompt that is continued as it is, or several, each of which is a request of its own.</summary>
internal sealed class CompletionsEndpoint(ServerOptions options, ChatEndpoints answers)
{
    public async Task AnswerAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        CompletionBody request = CompletionRequestParser.Parse(body, context.Client().CacheSalt);
        if (request.Prompts.Count == 1)
            await answers.AnswerAsync(context, new CompletionFormat(request));
        else
            await AnswerAllAsync(context, request with { Request = answers.RequireFewCandidates(context.Admit(request.Request), request.Prompts.Count) });
    }

    private async Task AnswerAllAsync(HttpContext context, CompletionBody body)
    {
        CollectingClient[] clients = [.. Enumerable.Range(0, body.Prompts.Count).Select(i => new CollectingClient(body.RequestOf(i)))];
        using CancellationTokenSource left = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        Task[] all = [.. clients.Select((client, i) => answers.AnswerAsync(client, string.Create(CultureInfo.InvariantCulture, $"{CompletionRequestParser.PromptField}[{i}]"), left.Token))];
        try
        {
            // The first that fails is the answer to all of them.
            await foreach (Task done in Task.WhenEach(all))
                await done;
        }
        catch
        {
            await left.CancelAsync();
            await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        DecisionHeaders.WriteIgnored(context.Response, body.Ignored);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json => CompletionFormat.WriteAll(
            json, body, [.. clients.Select(client => client.Outcome!)], [.. clients.SelectMany(client => client.Answers)]));
    }

    /// <summary>Keeps what it is given.</summary>
    private sealed class CollectingClient(GenerationRequest request) : IClient
    {
        public CascadeOutcome? Outcome { get; private set; }

        public IReadOnlyList<DeliveredAnswer> Answers { get; private set; } = [];

        public ValueTask<GenerationRequest> ReadAsync(CancellationToken cancellationToken) => new(request);

        public ValueTask BeginAsync(CascadeDecision decision, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Show(string member, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup)
        {
            // Nothing is streamed.
        }

        public ValueTask<bool> WaitAsync(ValueTask<bool> next, CancellationToken cancellationToken) => next;

        public ValueTask EndAsync(CascadeOutcome outcome, IReadOnlyList<DeliveredAnswer> answers, CancellationToken cancellationToken)
        {
            (Outcome, Answers) = (outcome, answers);
            return ValueTask.CompletedTask;
        }
    }
}
