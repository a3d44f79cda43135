using Grpc.Core;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>Of the questions to one session only the latest is answered: a slider asks faster than anybody computes.</summary>
internal sealed class LatestOnly
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Question> latest = [];

    /// <summary>Breaks off an earlier question; dispose the result when this one is answered.</summary>
    /// <param name="sequence">Rises with each question; 0 for one that stands by itself.</param>
    /// <exception cref="RpcException">Cancelled: a later one is being answered already.</exception>
    public Question Begin(string session, ulong sequence, CancellationToken cancellation)
    {
        using var _ = gate.EnterScope();
        if (sequence > 0 && latest.TryGetValue(session, out var other))
        {
            if (other.Sequence > sequence)
                throw Stale();
            other.Overtake();
        }

        var question = new Question(this, session, sequence, cancellation);
        if (sequence > 0)
            latest[session] = question;
        return question;
    }

    private static RpcException Stale() => new(new Status(StatusCode.Cancelled, "A later client_sequence of this session is answered instead."));

    internal sealed class Question(LatestOnly owner, string session, ulong sequence, CancellationToken cancellation) : IDisposable
    {
        private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        private bool overtaken;

        public ulong Sequence => sequence;

        /// <summary>Of the caller, and of a later question.</summary>
        public CancellationToken Cancellation => stop.Token;

        /// <exception cref="RpcException">A later question has come.</exception>
        public void ThrowIfOvertaken()
        {
            if (overtaken)
                throw Stale();
        }

        public void EndAfter(TimeSpan time) => stop.CancelAfter(time);

        public void Overtake()
        {
            overtaken = true;
            stop.Cancel();
        }

        public void Dispose()
        {
            using var _ = owner.gate.EnterScope();
            if (owner.latest.GetValueOrDefault(session) == this)
                owner.latest.Remove(session);
            stop.Dispose();
        }
    }
}
