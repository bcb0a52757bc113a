#!/usr/bin/perl
# mail_spf_peer.pl: Mail::SPF, asked in frames on standard input.
#
# A request is a line of words, which do not matter, a line with a number of octets, and so many of
# JSON: scope, identity, ip, helo, receiver, and zone: name -> type -> a list of data, or a status.
# The answer is a line with a number of octets and those octets: three lines, the result, the
# explanation of a fail, and what it says of the result.

use strict;
use warnings;

use JSON::PP;
use Mail::SPF;
use Net::DNS;

# Answers from the zone of the request, as a resolver would.
package Zone {
    my %rdata = (
        TXT  => sub { (txtdata => [unpack '(a255)*', $_[0]]) },
        A    => sub { (address => $_[0]) },
        AAAA => sub { (address => $_[0]) },
        PTR  => sub { (ptrdname => $_[0]) },
        MX   => sub { my ($n, $host) = split ' ', $_[0]; (preference => $n, exchange => $host) },
    );

    sub new { my ($class, $zone) = @_; return bless {zone => $zone}, $class }

    sub errorstring { return $_[0]{error} }

    sub send {
        my ($self, $name, $type) = @_;
        my $of_name = $self->{zone}{lc $name =~ s/\.\z//r =~ s/\\(.)/$1/gr};
        my $data = $of_name && $of_name->{$type};
        if ($data && !ref $data) {
            $self->{error} = $data eq 'timeout' ? 'query timed out' : 'SERVFAIL';
            return undef if $data eq 'timeout';
        }
        my $packet = Net::DNS::Packet->new($name, $type);
        $packet->header->rcode(!$of_name ? 'NXDOMAIN' : $data && !ref $data ? 'SERVFAIL' : 'NOERROR');
        $packet->push(answer => Net::DNS::RR->new(name => $name, type => $type,
            $rdata{$type}->($_))) for ref $data ? @$data : ();
        return $packet;
    }
}

sub judge {
    my ($request) = @_;
    my $server = Mail::SPF::Server->new(dns_resolver => Zone->new($request->{zone}),
        hostname => $request->{receiver}, default_authority_explanation => 'DEFAULT');
    my $result = $server->process(Mail::SPF::Request->new(versions => [1],
        scope => $request->{scope}, identity => $request->{identity},
        ip_address => $request->{ip}, helo_identity => $request->{helo}));
    my $explanation = $result->is_code('fail') ? $result->authority_explanation : 'DEFAULT';
    return join "\n", $result->code, $explanation eq 'DEFAULT' ? '' : $explanation,
        $result->text // '';
}

$SIG{__WARN__} = sub { };
binmode STDIN;
binmode STDOUT;
$| = 1;
while (defined(my $line = <STDIN>)) {
    my $octets = <STDIN>;
    read(STDIN, my $text, $octets);
    my $answer = eval { judge(decode_json($text)) } // "error: $@";
    utf8::encode($answer);
    print length($answer), "\n", $answer;
}
